/**
 * Tavus renamed replica to face and persona to PAL in mid-2026 and accepts both, and it wraps what it answers in more
 * than one way. Everything about names and wrappers is here; the rest of the client sees one set of names.
 */

export type WireNames = "new" | "old";

type Json = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** New name → old name, as keys on the wire. */
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

/** The resource under its new names. An old one counts only where the new one is absent, null or empty. */
export function toNewNames(resource: Json): Json {
  const renamed: Record<string, unknown> = { ...resource };
  for (const [newName, oldName] of Object.entries(OLD_NAME_OF))
    if (isBlank(renamed[newName]) && !isBlank(resource[oldName])) renamed[newName] = resource[oldName];

  return renamed;
}

/** The top-level keys of a request body under the names that are wanted on the wire. */
export function toWireNames(body: Json, names: WireNames): Json {
  if (names === "new") return body;
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [OLD_NAME_OF[key] ?? key, value]));
}

/** Wrappers come inside wrappers; deeper than this none was seen. */
const MAX_WRAPPERS = 3;

/** The one resource in an answer: bare, `{data: {…}}`, `{data: [{…}]}` or `[{…}]`; undefined when there is none. */
export function findOne(body: unknown): Json | undefined {
  let inner = body;
  for (let depth = 0; depth < MAX_WRAPPERS; depth++) {
    if (Array.isArray(inner)) inner = inner[0] as unknown;
    else if (isRecord(inner) && "data" in inner && !isSet(inner)) inner = inner.data;
    else break;
  }
  return isRecord(inner) ? inner : undefined;
}

/** A set of objectives or guardrails has its members in `data`: no wrapper there, but a part of the resource. */
function isSet(body: Json): boolean {
  if ("objectives_id" in body || "guardrails_id" in body) return true;
  const member: unknown = Array.isArray(body.data) ? body.data[0] : body.data;
  return (
    isRecord(member) &&
    ("objective_prompt" in member || "guardrail_prompt" in member) &&
    !("objectives_id" in member || "guardrails_id" in member || "uuid" in member)
  );
}

/** Keys under which lists have been seen, besides `data`: Tavus' own tools read several of them. */
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
 * The resources in a list answer, and where in it they are: `[…]`, `{data: […]}`, `{personas: […]}`, one wrapper in
 * another, or `{data: {…}}` for a single one. Undefined if it is no list.
 */
export function findMany(body: unknown): { readonly found: readonly unknown[]; readonly path: string } | undefined {
  let inner = body;
  const path: string[] = [];
  for (let depth = 0; depth <= MAX_WRAPPERS; depth++) {
    if (Array.isArray(inner)) return { found: inner as unknown[], path: path.join(".") };
    const wrapper = isRecord(inner) ? inner : {};
    const key = LIST_KEYS.find((candidate) => typeof wrapper[candidate] === "object" && wrapper[candidate] !== null);
    // A resource of its own may have a list in one of these keys, as a set has its members in `data`.
    const isResource = path.length > 0 && (key === undefined || hasId(wrapper));
    if (isResource) return isRecord(inner) ? { found: [inner], path: path.join(".") } : undefined;
    if (key === undefined) return isEmptyList(wrapper) ? { found: [], path: "data" } : undefined;
    path.push(key);
    inner = wrapper[key];
  }
  return undefined;
}

function hasId(resource: Json): boolean {
  return Object.keys(resource).some((key) => key === "uuid" || key.endsWith("_id"));
}

/** Some servers write an empty list as null; only one that counts 0 is believed, as an open call must not be missed. */
function isEmptyList(body: Json): boolean {
  return body.total_count === 0 && LIST_KEYS.some((key) => key in body && body[key] === null);
}

/** Below these keys are somebody else's names (HTTP headers, JSON Schemas, OpenAI's tools): they are sent as they are. */
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

/** `maxCallDuration` → `max_call_duration`, in nested objects and lists too. What is undefined is left out. */
export function toSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toSnakeCase);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [toSnakeKey(key), SENT_AS_IS.has(key) ? inner : toSnakeCase(inner)]),
  );
}

export function toSnakeKey(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The keys of one resource in camelCase; what is nested in it stays as Tavus wrote it. */
export function toCamelKeys(resource: Json): Json {
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
