/**
 * Tavus renamed replica to face and persona to PAL in mid-2026 and accepts both names, and it wraps its answers in
 * several ways. This module handles names and wrappers; the rest of the client sees one set of names.
 */

/** The names of id fields in requests: `face_id` and `pal_id`, or `replica_id` and `persona_id`. */
export type WireNames = "new" | "old";

/** An object of JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object that is neither null nor an array. */
export function isRecord(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Maps each new key on the wire to its old one. */
const OLD_NAME_OF: Readonly<Record<string, string>> = {
  face_id: "replica_id",
  face_name: "replica_name",
  face_type: "replica_type",
  face_ids: "replica_ids",
  default_face_id: "default_replica_id",
  pal_id: "persona_id",
  pal_name: "persona_name",
  pal_type: "persona_type",
};

/** Adds the new names to a resource. A value under an old name counts only if the new one is absent, null or empty. */
export function toNewNames(resource: JsonObject): JsonObject {
  const renamed: Record<string, unknown> = { ...resource };
  for (const [newName, oldName] of Object.entries(OLD_NAME_OF))
    if (isBlank(renamed[newName]) && !isBlank(resource[oldName])) renamed[newName] = resource[oldName];
  return renamed;
}

/** Renames the top-level keys of a request body to the names for the wire. */
export function toWireNames(body: JsonObject, names: WireNames): JsonObject {
  if (names === "new") return body;
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [OLD_NAME_OF[key] ?? key, value]));
}

/** Answers may have nested wrappers; none deeper than this has been seen. */
const MAX_WRAPPERS = 3;

/** Finds the resource in an answer: bare, `{data: {…}}`, `{data: [{…}]}` or `[{…}]`. Undefined when there is none. */
export function findOne(body: unknown): JsonObject | undefined {
  let inner = body;
  for (let depth = 0; depth < MAX_WRAPPERS; depth++) {
    if (Array.isArray(inner)) inner = inner[0] as unknown;
    else if (isRecord(inner) && "data" in inner && !isSet(inner)) inner = inner.data;
    else break;
  }
  return isRecord(inner) ? inner : undefined;
}

/** Whether this is a set of objectives or guardrails. Its `data` holds its members and is not a wrapper. */
function isSet(body: JsonObject): boolean {
  if ("objectives_id" in body || "guardrails_id" in body) return true;
  const member: unknown = Array.isArray(body.data) ? body.data[0] : body.data;
  return (
    isRecord(member) &&
    ("objective_prompt" in member || "guardrail_prompt" in member) &&
    !("objectives_id" in member || "guardrails_id" in member || "uuid" in member)
  );
}

/** Keys under which lists have been seen. Tavus' own tools read several besides `data`. */
const LIST_KEYS = [
  "data",
  "results",
  "items",
  "conversations",
  "pals",
  "personas",
  "faces",
  "replicas",
  "voices",
  "documents",
  "tools",
  "skills",
  "objectives",
  "guardrails",
  "pronunciation_dictionaries",
  "videos",
  "deployments",
] as const;

/**
 * Finds the resources in a list answer and their path in it: `[…]`, `{data: […]}`, `{personas: […]}`, nested wrappers,
 * or `{data: {…}}` for a single resource. Undefined when the answer is not a list.
 */
export function findMany(body: unknown): { readonly found: readonly unknown[]; readonly path: string } | undefined {
  let inner = body;
  const path: string[] = [];
  for (let depth = 0; depth <= MAX_WRAPPERS; depth++) {
    if (Array.isArray(inner)) return { found: inner as unknown[], path: path.join(".") };
    const wrapper = isRecord(inner) ? inner : {};
    const key = LIST_KEYS.find((candidate) => typeof wrapper[candidate] === "object" && wrapper[candidate] !== null);
    // A resource may itself have a list under one of these keys, as a set has its members under `data`.
    const isResource = path.length > 0 && (key === undefined || hasId(wrapper));
    if (isResource) return isRecord(inner) ? { found: [inner], path: path.join(".") } : undefined;
    if (key === undefined) return isEmptyList(wrapper) ? { found: [], path: "data" } : undefined;
    path.push(key);
    inner = wrapper[key];
  }
  return undefined;
}

function hasId(resource: JsonObject): boolean {
  return Object.keys(resource).some((key) => key === "uuid" || key.endsWith("_id"));
}

/** Some servers send null for an empty list. It counts only with `total_count` 0: an open call must not be missed. */
function isEmptyList(body: JsonObject): boolean {
  return body.total_count === 0 && LIST_KEYS.some((key) => key in body && body[key] === null);
}

/**
 * Values under these keys have names that are not Tavus' (HTTP headers, JSON Schemas, OpenAI's tools), so they stay.
 */
const SENT_AS_IS: ReadonlySet<string> = new Set([
  "headers",
  "extraBody",
  "defaultQuery",
  "voiceSettings",
  "parameters",
  "tools",
  "visualTools",
  "audioTools",
  "nextConditionalObjectives",
  "customization",
]);

/**
 * Converts keys to snake_case (`maxCallDuration` → `max_call_duration`), nested ones too. Leaves out undefined values.
 */
export function toSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toSnakeCase);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [toSnakeKey(key), SENT_AS_IS.has(key) ? inner : toSnakeCase(inner)]),
  );
}

/** Converts one key: `palId` → `pal_id`. */
export function toSnakeKey(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Converts the top-level keys of a resource to camelCase. Nested keys stay as Tavus sends them. */
export function toCamelKeys(resource: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(resource).map(([key, value]) => [
      key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}
