import { DailyApi, type DailyApiOptions } from "../../../src/api/index.ts";
import type { FetchLike } from "../../../src/api/http/http.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { hurriedClock } from "../clients.ts";

/** The key of the clients that {@link dailyWith} creates. */
export const KEY = "daily-key-123";

/** Creates a client whose requests `answer` answers. */
export function dailyWith(answer: FetchLike, options: DailyApiOptions = {}): DailyApi {
  return new DailyApi({
    apiKey: KEY,
    apiUrl: "https://daily.test/v1",
    clock: hurriedClock,
    logger: silentLogger,
    fetch: answer,
    ...options,
  });
}

/** An answer with a JSON body. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
}

/** A room as Daily answers it. */
export function roomBody(name: string, more: object = {}): object {
  return {
    id: `id-of-${name}`,
    name,
    api_created: true,
    privacy: "private",
    url: `https://example.daily.co/${name}`,
    created_at: "2026-11-21T12:00:00.000Z",
    config: {},
    ...more,
  };
}

/** A request that a client sent. */
export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Answers each request with the next of `answers`, the last one again and again, and keeps the requests. */
export function scripted(...answers: readonly (() => Response | Promise<Response>)[]): {
  readonly fetch: FetchLike;
  readonly requests: SentRequest[];
} {
  const requests: SentRequest[] = [];
  const answer: FetchLike = async (url, init) => {
    const { pathname, searchParams } = new URL(url);
    requests.push({
      method: init.method ?? "GET",
      path: pathname.replace(/^\/v1/, ""),
      query: Object.fromEntries(searchParams),
      headers: init.headers as Record<string, string>,
      body: typeof init.body === "string" ? (JSON.parse(init.body) as Record<string, unknown>) : {},
    });
    const next = answers[Math.min(requests.length, answers.length) - 1];
    if (next === undefined) throw new Error("no answer is scripted");
    return await next();
  };
  return { fetch: answer, requests };
}
