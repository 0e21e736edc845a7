import type { z } from "zod";

import { toExcerpt } from "./error-response.ts";
import { TavusBadResponseError } from "../errors.ts";
import { isRecord, findMany, findOne, toSnakeKey, toNewNames } from "../names.ts";

type Json = Readonly<Record<string, unknown>>;

/** A resource as this client returns it, together with Tavus' answer. */
export type Resource<T> = T & {
  /** Tavus' answer, unchanged, including fields that this client does not know. */
  readonly raw: Json;
};

/** Parses the JSON of an answer; undefined for an empty body. Throws a TavusBadResponseError for anything else. */
export function readJson(text: string, what: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw badResponse(`Tavus answered ${what} with something that is not JSON.`, "", text);
  }
}

/** Reads the resource in an answer, in any wrapper, under the new names. `raw` holds the answer unchanged. */
export function readWith<T extends object>(
  schema: z.ZodType<T>,
  text: string,
  what: string,
  fallbacks: Readonly<Record<string, string | undefined>>,
): Resource<T> {
  const raw = findOne(readJson(text, what));
  if (raw === undefined) throw badResponse(`Tavus answered ${what} without the resource.`, "", text);
  const parsed = parseResource(schema, raw, fallbacks);
  if (parsed.success) return withRaw(parsed.data, raw);
  const path = toSnakeKey(parsed.error.issues[0]?.path.join(".") ?? "");
  throw badResponse(`Tavus answered ${what} without a usable ${path}.`, path, text);
}

/** An entry of a list that cannot be read. */
export interface UnreadableEntry {
  /** The path of the unreadable field: `data.3.pal_id`. */
  readonly path: string;
  /** The entry as JSON, to recognize it on other pages. */
  readonly text: string;
}

/** One page of a list. */
export interface ListAnswer<T> {
  readonly entries: readonly T[];
  readonly unreadable: readonly UnreadableEntry[];
  /** The number of entries on all pages, if the server sends it. */
  readonly totalCount: number | undefined;
  /** The number of this page, if the server sends it. */
  readonly page: number | undefined;
  /** Creates the error for a list without any readable entry. */
  readonly error: () => TavusBadResponseError;
}

/** Reads the entries of a list answer. Throws a TavusBadResponseError when the answer is not a list. */
export function readList<T extends object>(
  schema: z.ZodType<T>,
  text: string,
  what: string,
  fallbacks: (entry: Json) => Readonly<Record<string, string | undefined>>,
): ListAnswer<Resource<T>> {
  const body = readJson(text, what);
  const list = findMany(body);
  if (list === undefined) throw badResponse(`Tavus answered ${what} with something that is not a list.`, "data", text);
  const entries: Resource<T>[] = [];
  const unreadable: UnreadableEntry[] = [];
  for (const [index, entry] of list.found.entries()) {
    const outcome = readEntry(schema, entry, fallbacks);
    if ("resource" in outcome) entries.push(outcome.resource);
    else unreadable.push({ path: joinPath(list.path, String(index), outcome.field), text: JSON.stringify(entry) });
  }
  const numberAt = (...keys: string[]): number | undefined =>
    keys
      .map((key) => (isRecord(body) ? body[key] : undefined))
      .find((value): value is number => typeof value === "number");
  return {
    entries,
    unreadable,
    totalCount: numberAt("total_count", "total"),
    page: numberAt("page"),
    error: () => {
      const path = unreadable[0]?.path ?? "";
      const message = `Tavus answered ${what} with ${list.found.length} entries, none of which can be read: ${path} is not usable.`;
      return badResponse(message, path, text);
    },
  };
}

/** Reads an entry: bare, else from its wrapper. */
function readEntry<T extends object>(
  schema: z.ZodType<T>,
  entry: unknown,
  fallbacks: (entry: Json) => Readonly<Record<string, string | undefined>>,
): { readonly resource: Resource<T> } | { readonly field: string } {
  let field = "";
  if (!isRecord(entry)) return { field };
  // If one wrapper holds several resources, all but the first would be lost silently.
  const holdsMany = Array.isArray(entry.data) && entry.data.length > 1;
  for (const raw of [entry, holdsMany ? undefined : findOne(entry)]) {
    if (raw === undefined) continue;
    const parsed = parseResource(schema, raw, fallbacks(raw));
    if (parsed.success) return { resource: withRaw(parsed.data, raw) };
    field ||= toSnakeKey(parsed.error.issues[0]?.path.join(".") ?? "");
  }
  return { field };
}

function joinPath(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(".");
}

function withRaw<T extends object>(fields: T, raw: Json): Resource<T> {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...(Object.fromEntries(present) as T), raw };
}

/** Parses a resource. `fallbacks` supply fields that the answer omits and the caller knows. */
function parseResource<T>(
  schema: z.ZodType<T>,
  raw: Json,
  fallbacks: Readonly<Record<string, string | undefined>>,
): z.ZodSafeParseResult<T> {
  const renamed: Record<string, unknown> = { ...toNewNames(raw) };
  for (const [key, value] of Object.entries(fallbacks))
    if (renamed[key] === undefined || renamed[key] === null || renamed[key] === "") renamed[key] = value;
  return schema.safeParse(renamed);
}

function badResponse(message: string, path: string, text: string): TavusBadResponseError {
  return new TavusBadResponseError(message, path, toExcerpt(text));
}
