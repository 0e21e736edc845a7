import type { z } from "zod";

import { EXCERPT_CHARS } from "./error-response.ts";
import { TavusBadResponseError } from "./errors.ts";
import { isRecord, manyOf, oneOf, withNewNames } from "./names.ts";

type Json = Readonly<Record<string, unknown>>;

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
): T & { readonly raw: Json } {
  const raw = oneOf(readJson(text, what));
  if (raw === undefined) throw badResponse(`Tavus answered ${what} without the resource.`, "", text);
  const parsed = parseResource(schema, raw, fallbacks);
  if (parsed.success) return { ...parsed.data, raw };
  const path = parsed.error.issues[0]?.path.join(".") ?? "";
  throw badResponse(`Tavus answered ${what} without a usable ${path}.`, path, text);
}

export interface ListAnswer<T> {
  readonly entries: readonly (T & { readonly raw: Json })[];
  /** How many there are on all pages, when the server says so. */
  readonly totalCount: number | undefined;
}

/** A list answer; entries that cannot be read are left out. */
export function readList<T extends object>(
  schema: z.ZodType<T>,
  text: string,
  what: string,
  fallbacks: (entry: Json) => Readonly<Record<string, string | undefined>>,
): ListAnswer<T> {
  const body = readJson(text, what);
  const found = manyOf(body);
  if (found === undefined) throw badResponse(`Tavus answered ${what} with something that is no list.`, "data", text);
  const entries = found.filter(isRecord).flatMap((raw) => {
    const parsed = parseResource(schema, raw, fallbacks(raw));
    return parsed.success ? [{ ...parsed.data, raw }] : [];
  });
  const totalCount = isRecord(body) && typeof body.total_count === "number" ? body.total_count : undefined;
  return { entries, totalCount };
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
  return new TavusBadResponseError(message, path, text.slice(0, EXCERPT_CHARS));
}
