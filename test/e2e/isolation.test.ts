import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { type Emulator, startEmulator } from "../../src/emulator/index.ts";
import type { CallFrame } from "../../src/transport/daily/chromium/call-frame.ts";
import { createDailyCall } from "../../src/transport/daily/index.ts";
import type * as SharedBrowserModule from "../../src/transport/daily/chromium/shared-browser.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { withoutSandboxNote } from "../support/browsers.ts";
import { Calls } from "../support/calls.ts";
import { runChild } from "../support/child.ts";
import { until } from "../support/until.ts";
import { watchedHold } from "../support/watched-hold.ts";

/** The frames that the calls got, in order. */
const frames: CallFrame[] = [];
vi.mock("../../src/transport/daily/chromium/shared-browser.ts", async (importOriginal) => {
  const original = await importOriginal<typeof SharedBrowserModule>();
  return { ...original, holdBrowser: watchedHold(original.holdBrowser, (frame) => frames.push(frame)) };
});

const fixture = (name: string): URL => new URL(`fixtures/${name}.ts`, import.meta.url);
interface PageEvent {
  readonly requestId: string;
  readonly request: { readonly url: string };
  readonly blockedReason?: string;
  readonly entry: { readonly text: string };
}

const isFar = (url = ""): boolean => !LOOPBACK.test(new URL(url).hostname);
const LOOPBACK = /^(127\.0\.0\.1|::1|localhost)$/;

describe("a call and the process it lives in", () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator({ logger: silentLogger });
    emulator.createRoom("r");
  });
  afterAll(() => emulator.close());

  it("leaves everything as plain Node has it, and lets the process end by itself with exit code 0", async () => {
    const { exitCode, answer, stderr, lingeredMs } = await runChild(fixture("native-call"), [emulator.roomUrl("r")]);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(lingeredMs).toBeLessThan(1500);
    const { before, during, after, webRtc } = answer as Record<"before" | "during" | "after", object> & {
      readonly webRtc: boolean;
    };
    expect(webRtc).toBe(false);
    expect(before).toMatchObject({
      window: "undefined",
      document: "undefined",
      self: "undefined",
      mediaDevices: "undefined",
    });
    expect(before).toHaveProperty("userAgent", expect.stringMatching(/^Node\.js\//));
    expect(before).not.toHaveProperty("product");
    expect(during).toEqual(before);
    expect(after).toEqual(before);
  });

  it("releases everything a call has held, including listeners inside daily-js", async () => {
    const calls = 60;
    const { answer, stderr } = await runChild(fixture("many-calls"), [emulator.roomUrl("r"), String(calls)]);
    expect(stderr).toBe("");
    // It was 42 kB when each call leaked its call machine; caches that fill once are spread over few calls here.
    expect((answer as { bytesPerCall: number }).bytesPerCall).toBeLessThan(15_000);
  });

  it("lets the process end by itself after a chromium call, too", async () => {
    const { exitCode, stderr, lingeredMs, answer } = await runChild(fixture("native-call"), [
      emulator.roomUrl("r"),
      "chromium",
    ]);
    expect(withoutSandboxNote(stderr)).toBe("");
    expect(exitCode).toBe(0);
    expect(lingeredMs).toBeLessThan(1500);
    expect(answer).toBeDefined();
  });

  it.each(["native", "chromium"])("lets the process end while the %s runtime is kept warm", async (runtime) => {
    const { exitCode, stderr, lingeredMs, answer } = await runChild(fixture("warm-runtime"), [
      runtime,
      emulator.roomUrl("r"),
    ]);
    expect(withoutSandboxNote(stderr)).toBe("");
    expect(exitCode).toBe(0);
    expect(lingeredMs).toBeLessThan(1500);
    expect(answer).toBeDefined();
  });

  it("reaches nothing beyond this machine in the native runtime, though daily-js asks for its error tracker", async () => {
    const { exitCode, answer } = await runChild(fixture("no-network"), [emulator.roomUrl("no-such-room")]);
    expect(exitCode).toBe(0);
    const { code, asked, fetched, connected, lookedUp } = answer as { code: string } & Record<string, string[]>;
    expect(code).toBe("roomNotFound");
    // Otherwise this test would prove nothing.
    expect(asked?.filter((host) => host.includes("sentry"))).not.toEqual([]);
    expect(fetched?.filter((host) => !LOOPBACK.test(host))).toEqual([]);
    expect(fetched).not.toEqual([]);
    expect(connected).not.toEqual([]);
    expect(connected?.filter((address) => !LOOPBACK.test(address))).toEqual([]);
    expect(lookedUp?.filter((host) => !LOOPBACK.test(host))).toEqual([]);
  });

  it("reaches nothing beyond this machine in a page, though daily-js asks for its error tracker", async () => {
    await using calls = new Calls("chromium");
    const url = emulator.roomUrl("no-such-room");
    const anna = await calls.create(url);
    const page = frames.at(-1)?.page;
    const asked = new Map<unknown, string>();
    const refused: { readonly url: string | undefined; readonly why: unknown }[] = [];
    const complaints: string[] = [];
    const stop = page?.listen(({ method, params }) => {
      const { requestId, request, blockedReason, entry } = params as unknown as PageEvent;
      if (method === "Network.requestWillBeSent") asked.set(requestId, request.url);
      if (method === "Network.loadingFailed") refused.push({ url: asked.get(requestId), why: blockedReason });
      if (method === "Log.entryAdded") complaints.push(entry.text);
    });
    await page?.send("Network.enable");
    await page?.send("Log.enable");
    await expect(anna.call.join({ url, userName: "Anna" })).rejects.toMatchObject({ code: "roomNotFound" });
    const find = (): string | undefined => complaints.find((text) => text.includes("sentry"));
    expect(await until("the error tracker is refused", find, 3000)).toMatch(/Content Security Policy/);
    stop?.();
    for (const { url: one, why } of refused) if (isFar(one)) expect(why).toBe("csp");
    const reached = [...asked.values()].filter((one) => !refused.some(({ url: other }) => other === one));
    expect(reached.length).toBeGreaterThan(0);
    expect(reached.filter(isFar)).toEqual([]);
  });

  it.each([["@roamhq/wrtc", "native", /npm install @roamhq\/wrtc/]])(
    "says what to install when %s is missing",
    async (missing, runtime, nextStep) => {
      const { exitCode, answer, stderr } = await runChild(fixture("without-package"), [missing, runtime]);
      expect(stderr).toBe("");
      expect(exitCode).toBe(0);
      expect(answer).toMatchObject({ code: "runtimeUnavailable", message: expect.stringMatching(nextStep) as string });
    },
  );

  it.each([
    ["is not there", "/nowhere/chrome", /CHROME_PATH names "\/nowhere\/chrome"/],
    ["is no browser", "/bin/true", /did not start.*CHROME_PATH/s],
  ])("says what to do when the browser %s, and starts the right one afterwards", async (_what, path, nextStep) => {
    const url = emulator.roomUrl("r");
    vi.stubEnv("CHROME_PATH", path);
    try {
      const failing = createDailyCall({ url, runtime: "chromium" });
      await expect(failing).rejects.toMatchObject({ name: "DailyCallError", code: "runtimeUnavailable" });
      await expect(failing).rejects.toThrow(nextStep);
    } finally {
      vi.unstubAllEnvs();
    }
    await using calls = new Calls("chromium");
    const anna = await calls.join(url, "Anna");
    expect(anna.call.state).toBe("joined");
  });

  it.each([
    ["no URL at all", "not a url", "url"],
    ["a URL without a room", "https://example.daily.co/", "url"],
    ["a room on another machine without https", "http://example.com/room", "url"],
  ])("refuses %s", async (_what, url, field) => {
    await expect(createDailyCall({ url })).rejects.toMatchObject({ code: "invalidOption", field });
  });
});
