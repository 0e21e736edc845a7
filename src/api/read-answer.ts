import type { z } from "zod";

import { excerptOf } from "./error-response.ts";
import { TavusBadResponseError } from "./errors.ts";
import { isRecord, manyOf, oneOf, snakeKey, withNewNames } from "./names.ts";

type Json = Readonly<Record<string, unknown>>;

/** A resource as this client shows it, with the answer it was read from. */
export type Resource<T> = T & {
  /** The answer as it came, with the fields this client does not know. */
  readonly raw: Json;
};

/** The JSON of an answer; undefined for an empty body. Throws a TavusBadResponseError for anything else. */
export function readJson(text: string, what: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw badResponse(`Tavus answered ${what} with something that is not JSON.`, "", text);
  }
}

/** The resource in the answer, whatever it is wrapped in, under the new names, with the answer as it came in `raw`. */
export function readWith<T extends object>(
  schema: z.ZodType<T>,
  text: string,
  what: string,
  fallbacks: Readonly<Record<string, string | undefined>>,
): Resource<T> {
  const raw = oneOf(readJson(text, what));
  if (raw === undefined) throw badResponse(`Tavus answered ${what} without the resource.`, "", text);
  const parsed = parseResource(schema, raw, fallbacks);
  if (parsed.success) return withRaw(parsed.data, raw);
  const path = snakeKey(parsed.error.issues[0]?.path.join(".") ?? "");
  throw badResponse(`Tavus answered ${what} without a usable ${path}.`, path, text);
}

export interface ListAnswer<T> {
  readonly entries: readonly T[];
  /** How many came, with those that cannot be read. */
  readonly size: number;
  /** How many there are on all pages, when the server says so. */
  readonly totalCount: number | undefined;
  /** Which page this is, when the server says so. */
  readonly page: number | undefined;
}

/** A list answer; entries that cannot be read are left out. */
export function readList<T extends object>(
  schema: z.ZodType<T>,
  text: string,
  what: string,
  fallbacks: (entry: Json) => Readonly<Record<string, string | undefined>>,
): ListAnswer<Resource<T>> {
  const body = readJson(text, what);
  const found = manyOf(body);
  if (found === undefined) throw badResponse(`Tavus answered ${what} with something that is no list.`, "data", text);
  const entries = found.filter(isRecord).flatMap((raw) => {
    const parsed = parseResource(schema, raw, fallbacks(raw));
    return parsed.success ? [withRaw(parsed.data, raw)] : [];
  });
  const numberAt = (key: string): number | undefined => {
    const value = isRecord(body) ? body[key] : undefined;
    return typeof value === "number" ? value : undefined;
  };
  return { entries, size: found.length, totalCount: numberAt("total_count"), page: numberAt("page") };
}

function withRaw<T extends object>(fields: T, raw: Json): Resource<T> {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...(Object.fromEntries(present) as T), raw };
}

/** `fallbacks` fill in what an answer leaves out and the caller knows. */
function parseResource<T>(
  schema: z.ZodType<T>,
  raw: Json,
  fallbacks: Readonly<Record<string, string | undefined>>,
): z.ZodSafeParseResult<T> {
  const renamed: Record<string, unknown> = { ...withNewNames(raw) };
  for (const [key, value] of Object.entries(fallbacks)) {
    if (renamed[key] === undefined || renamed[key] === null || renamed[key] === "") renamed[key] = value;
  }
  return schema.safeParse(renamed);
}

function badResponse(message: string, path: string, text: string): TavusBadResponseError {
  return new TavusBadResponseError(message, path, excerptOf(text));
}
