import { inspect } from "node:util";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  DailyApi,
  DailyApiError,
  DailyBadResponseError,
  DailyConnectionError,
  DailyKeyError,
  DailyStatusError,
  HttpApiError,
  InvalidOptionError,
  TavusTransportError,
} from "../../../src/api/index.ts";
import type { Logger } from "../../../src/util/logger.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { failureOf } from "../clients.ts";
import { dailyWith, json, KEY, roomBody, scripted } from "./daily-clients.ts";

const TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJyIjoiYSJ9.c2lnbmF0dXJl";

describe("an error of DailyApi", () => {
  it.each([
    [400, "authorization-header-error", "unauthorized", false],
    [401, "authentication-error", "unauthorized", false],
    [403, "forbidden-error", "forbidden", false],
    [404, "not-found", "notFound", false],
    [400, "json-parsing-error", "invalidRequest", false],
    [400, "invalid-request-error", "invalidRequest", false],
    [429, "rate-limit-error", "rateLimited", true],
    [500, "server-error", "serverError", true],
    [503, undefined, "serverError", true],
    [418, "teapot", "invalidRequest", false],
  ])("has a code for %d %s: %s", async (status, error, code, retryable) => {
    const { fetch } = scripted(() => json({ error, info: "what is wrong" }, status));
    const failure = await failureOf(dailyWith(fetch).getRoom("a"));
    expect(failure).toBeInstanceOf(DailyStatusError);
    expect(failure).toBeInstanceOf(HttpApiError);
    expect(failure).toBeInstanceOf(TavusTransportError);
    expect(failure).toMatchObject({
      code,
      status,
      retryable,
      dailyError: error,
      serverMessage: "what is wrong",
      name: "DailyStatusError",
      message: expect.stringContaining(`GET /rooms/a with ${status}: "what is wrong".`) as string,
    });
  });

  it("has the code in place of a missing text, and the text of a proxy", async () => {
    const bare = await failureOf(dailyWith(scripted(() => json({ error: "not-found" }, 404)).fetch).getRoom("a"));
    expect(bare).toMatchObject({ serverMessage: "not-found" });
    const html = scripted(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
    expect(await failureOf(dailyWith(html.fetch).getRoom("a"))).toMatchObject({
      serverMessage: "<h1>Bad gateway</h1>",
      dailyError: undefined,
    });
  });

  it("carries the pause that the server asks for, and waits for it when it is short", async () => {
    const clock = new VirtualClock();
    const limited = (header: string) => () => json({ error: "rate-limit-error" }, 429, { "retry-after": header });
    const short = scripted(limited("3"), () => json(roomBody("a")));
    const asked = dailyWith(short.fetch, { clock }).getRoom("a");
    await clock.advance(2900);
    expect(short.requests).toHaveLength(1);
    expect((await clock.advanceUntil(asked)).name).toBe("a");
    expect(clock.nowMs()).toBeGreaterThanOrEqual(3000);
    const long = scripted(limited("60"));
    expect(await failureOf(dailyWith(long.fetch, { clock }).getRoom("a"))).toMatchObject({
      code: "rateLimited",
      retryAfterMs: 60_000,
    });
    expect(long.requests).toHaveLength(1);
  });

  it("is a connection error after the deadline", async () => {
    const clock = new VirtualClock();
    const hanging = scripted(() => new Promise<Response>(() => {}));
    const api = dailyWith(hanging.fetch, { clock, timeoutMs: 1000 });
    const failure = await clock.advanceUntil(failureOf(api.sendAppMessage("a", { hello: 1 })));
    expect(failure).toBeInstanceOf(DailyConnectionError);
    expect(failure).toMatchObject({ code: "timeout", delivered: "unknown", retryable: true });
    // Sent once: the message may have arrived.
    expect(hanging.requests).toHaveLength(1);
  });

  it("is a key error without a key, and says what to set", () => {
    expect(() => new DailyApi({ apiKey: " " })).toThrow(DailyKeyError);
    expect(() => new DailyApi({ apiKey: "" })).toThrow(/DAILY_API_KEY/);
    expect(() => new DailyApi({ apiKey: "with space" })).toThrow(InvalidOptionError);
    expect(() => new DailyApi({ apiKey: "k", apiUrl: "ftp://x" })).toThrow(InvalidOptionError);
    expect(() => new DailyApi({ apiKey: "k", timeoutMs: 0 })).toThrow(InvalidOptionError);
  });

  it("does not follow redirects, which would carry the key elsewhere", async () => {
    const { fetch, requests } = scripted(() => new Response("", { status: 302, headers: { location: "http://x" } }));
    expect(await failureOf(dailyWith(fetch).getRoom("a"))).toBeInstanceOf(DailyBadResponseError);
    expect(requests).toHaveLength(1);
  });

  it("contains neither the key nor a token, whatever the server sends back", async () => {
    const logged: unknown[] = [];
    const log = (...args: unknown[]): void => void logged.push(args);
    const logger: Logger = { debug: log, info: log, warn: log, error: log };
    const secrets = `${KEY} Bearer ${KEY} ${TOKEN}`;
    const answers = [
      () => json({ error: "invalid-request-error", info: `the token ${TOKEN} of ${KEY}` }, 400),
      () => new Response(secrets, { status: 500 }),
      () => new Response(`{"token": "${TOKEN.slice(0, 30)}`, { status: 200 }),
      () => new Response(secrets, { status: 200 }),
      () => json({ url: TOKEN, token: 7, meeting_token: TOKEN }),
      () => {
        throw new Error(secrets);
      },
    ];
    for (const answer of answers) {
      const api = dailyWith(async () => await Promise.resolve(answer()), { logger });
      const failures = [
        await failureOf(api.getMeetingToken(TOKEN)).catch(String),
        await failureOf(api.createMeetingToken({ roomName: "a" })),
        await failureOf(api.getRoom("a")),
      ];
      for (const failure of failures) {
        const text = inspect(failure, { depth: 10, showHidden: true }) + JSON.stringify(failure);
        expect(text).not.toContain(KEY);
        expect(text).not.toContain(TOKEN.slice(0, 30));
      }
      expect(inspect(api, { depth: 10, showHidden: true })).not.toContain(KEY);
    }
    expect(logged.length).toBeGreaterThan(0);
    expect(inspect(logged, { depth: 10 })).not.toContain(KEY);
    expect(inspect(logged, { depth: 10 })).not.toContain(TOKEN.slice(0, 30));
  });

  it("is all that any answer can lead to", async () => {
    const answer = fc.record({
      status: fc.constantFrom(200, 201, 204, 304, 400, 404, 429, 500),
      body: fc.oneof(fc.json(), fc.string(), fc.constant(JSON.stringify(roomBody("a")))),
    });
    const calls: ((api: DailyApi) => Promise<unknown>)[] = [
      (api) => api.createRoom(),
      (api) => api.deleteRoom("a"),
      (api) => api.listRooms().toArray(),
      (api) => api.createMeetingToken({ roomName: "a" }),
      (api) => api.getRoomPresence("a"),
      (api) => api.getPresence(),
      (api) => api.eject("a", { ids: ["x"] }),
      (api) => api.startRecording("a"),
      (api) => api.getSessionData("a"),
      (api) => api.getDomain(),
    ];
    await fc.assert(
      fc.asyncProperty(answer, fc.constantFrom(...calls), async ({ status, body }, call) => {
        const clock = new VirtualClock();
        const text = status === 204 || status === 304 ? null : body;
        const api = dailyWith(() => Promise.resolve(new Response(text, { status })), { clock });
        const outcome = await clock.advanceUntil(
          call(api).then(
            () => undefined,
            (error: unknown) => error,
          ),
        );
        if (outcome !== undefined) expect(outcome).toBeInstanceOf(DailyApiError);
      }),
      { numRuns: 300 },
    );
  });
});
