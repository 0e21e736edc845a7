import type { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import { toExcerpt } from "../http/error-response.ts";
import type { ApiHttp, RetryMode } from "../http/http.ts";
import { isRecord, toSnakeKey, type JsonObject } from "../names.ts";
import { DailyBadResponseError } from "./daily-errors.ts";

/** Daily counts requests per five seconds, deletions per thirty, so that a 429 may last longer than other failures. */
const MAX_RATE_LIMIT_RETRIES = 5;

/** A request to Daily. */
export interface DailyRequest extends CallOptions {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>> | undefined;
  readonly body?: JsonObject | undefined;
  /** Default: "repeatable" for GET and DELETE, else "once". */
  readonly retry?: RetryMode | undefined;
  readonly secret?: string | undefined;
  readonly onRepeat?: (() => void) | undefined;
}

/** What Daily answered, and to what. */
export interface DailyAnswer {
  readonly body: unknown;
  readonly text: string;
  /** The request, for messages. */
  readonly what: string;
}

/** Sends requests to Daily and reads the answers. */
export class DailyClient {
  readonly #http: ApiHttp;

  constructor(http: ApiHttp) {
    this.#http = http;
  }

  /** Throws a DailyBadResponseError for an answer that is not JSON. */
  async send(request: DailyRequest): Promise<DailyAnswer> {
    const { method, path, secret, retry = method === "POST" ? "once" : "repeatable" } = request;
    const { text } = await this.#http.send({ ...request, retry, maxRateLimitRetries: MAX_RATE_LIMIT_RETRIES });
    const what = `${method} ${secret === undefined ? path : path.replace(secret, "[secret]")}`;
    if (text.trim() === "") return { body: {}, text, what };
    try {
      return { body: JSON.parse(text), text, what };
    } catch {
      throw badResponse(`Daily answered ${what} with something that is not JSON.`, "", text);
    }
  }

  /** Sends a request and reads the resource in the answer. */
  async request<T extends object>(
    schema: z.ZodType<T>,
    request: DailyRequest,
  ): Promise<T & { readonly raw: JsonObject }> {
    const answer = await this.send(request);
    return readResource(schema, answer.body, answer);
  }
}

/** Reads a resource. Throws a DailyBadResponseError that names the field which cannot be read. */
export function readResource<T extends object>(
  schema: z.ZodType<T>,
  value: unknown,
  { what, text }: DailyAnswer,
): T & { readonly raw: JsonObject } {
  const parsed = schema.safeParse(value);
  if (isRecord(value) && parsed.success) return withRaw(parsed.data, value);
  const field = toSnakeKey(parsed.error?.issues[0]?.path.join(".") ?? "");
  const problem = field === "" ? "the resource" : `a usable ${field}`;
  throw badResponse(`Daily answered ${what} without ${problem}.`, field, text);
}

/** Adds the answer to what was read from it, and leaves out what is absent. */
export function withRaw<T extends object>(fields: T, raw: JsonObject): T & { readonly raw: JsonObject } {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...(Object.fromEntries(present) as T), raw };
}

/** Converts options to a body: the keys in Daily's names. Nested objects have these names already. */
export function toDailyNames(options: object, extra: JsonObject = {}): JsonObject {
  const named = Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]): [string, unknown] => [toSnakeKey(key), value]);
  return { ...Object.fromEntries(named), ...extra };
}

export function badResponse(message: string, path: string, text: string): DailyBadResponseError {
  return new DailyBadResponseError(message, path, toExcerpt(text));
}
