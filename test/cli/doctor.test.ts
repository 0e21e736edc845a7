import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { CHECKS, type CheckContext, type CheckOutcome } from "../../src/cli/doctor-checks.ts";
import { startEmulator } from "../../src/emulator/index.ts";
import { systemClock } from "../../src/util/clock.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { serveApi, type ServedApi } from "../emulator/api/serve-api.ts";
import { cli, envOf } from "./cli-harness.ts";

let served: ServedApi;
beforeEach(async () => void (served = await serveApi()));
afterEach(() => served[Symbol.asyncDispose]());

/** Runs the checks that need neither a browser nor WebRTC. */
async function atTavus(env: Record<string, string>): Promise<Record<string, CheckOutcome>> {
  const io = {
    env,
    clock: systemClock,
    signal: new AbortController().signal,
    interactive: false,
    out: () => undefined,
    err: () => undefined,
    askSecret: () => Promise.reject(new Error("not interactive")),
    confirm: () => Promise.resolve(false),
    openChat: () => {
      throw new Error("not a chat");
    },
  };
  const context: CheckContext = { io, options: {}, offline: false, session: undefined };
  const outcomes: Record<string, CheckOutcome> = {};
  for (const { name, atTavus: remote, run } of CHECKS) {
    if (remote !== true && name !== "options" && name !== "Node" && name !== "journal") continue;
    outcomes[name] = await run(context).catch((thrown: unknown) => ({
      level: "fail",
      says: (thrown as Error).message,
    }));
  }
  return outcomes;
}

function levels(outcomes: Record<string, CheckOutcome>): Record<string, string> {
  return Object.fromEntries(Object.entries(outcomes).map(([name, { level }]) => [name, level]));
}

describe("the doctor", () => {
  it("passes every check of a working setup and leaves no conversation open", async () => {
    const env = { ...envOf(served), TAVUS_FACE_ID: "r90bbd427f71", TAVUS_PAL_ID: "pipecat-stream", HOME: "/nowhere" };
    expect(levels(await atTavus(env))).toMatchObject({
      Node: "ok",
      journal: "ok",
      options: "ok",
      key: "ok",
      Tavus: "ok",
      face: "ok",
      "test conversation": "ok",
    });
    expect(served.state.openConversations).toBe(0);
    expect(served.state.conversations.list()).toMatchObject([{ testMode: true, status: "ended" }]);
  });

  it("explains how to run without an account when there is no key, and sends Tavus nothing", async () => {
    const outcomes = await atTavus({ TAVUS_API_URL: served.apiUrl });
    expect(outcomes.key).toMatchObject({
      level: "warn",
      says: expect.stringContaining("tavus-transport emulator") as string,
    });
    expect(levels(outcomes)).toMatchObject({ Tavus: "skip", face: "skip", PAL: "skip", "test conversation": "skip" });
    expect(served.state.requestLog.requests).toHaveLength(0);
  });

  it("distinguishes a wrong key from an unreachable API", async () => {
    const wrong = await atTavus({ ...envOf(served), TAVUS_API_KEY: "wrong-key-1234" });
    expect(wrong.Tavus).toMatchObject({ level: "fail", says: expect.stringContaining("401") as string });
    expect(JSON.stringify(wrong)).not.toContain("wrong-key-1234");
    const nowhere = await atTavus({ TAVUS_API_KEY: "k", TAVUS_API_URL: "http://127.0.0.1:9/v2" });
    expect(nowhere.Tavus).toMatchObject({
      level: "fail",
      says: expect.stringContaining("could not be reached") as string,
    });
  });

  it("fails for an unknown face and for a PAL that a bot cannot speak through", async () => {
    const { face } = await atTavus({ ...envOf(served), TAVUS_FACE_ID: "r0" });
    expect(face).toMatchObject({ level: "fail" });
    const { PAL: pal } = await atTavus({ ...envOf(served), TAVUS_PAL_ID: "pipecat0" });
    expect(pal).toMatchObject({ level: "fail", says: expect.stringContaining("pipecat-stream") as string });
  });

  it("warns about open conversations, which are billed", async () => {
    await served.request("POST", "/conversations", { pal_id: "pipecat0", face_id: "r90bbd427f71" });
    expect((await atTavus(envOf(served))).Tavus).toMatchObject({
      level: "warn",
      says: expect.stringContaining("1 ") as string,
    });
  });

  it("warns about environment variables that a bot would reject", async () => {
    const env = { ...envOf(served), TAVUS_SAMPLE_ROOM_URL: "http://127.0.0.1:1/room", TAVUS_CONVERSATION_ID: "c1" };
    const { options } = await atTavus(env);
    expect(options).toMatchObject({ level: "warn", says: expect.stringContaining("TAVUS_SAMPLE_ROOM_URL") as string });
  });

  it("asks Daily for the domain when there is a key for it", async () => {
    expect((await atTavus(envOf(served))).Daily).toMatchObject({ level: "skip" });
    await using emulator = await startEmulator({ logger: silentLogger, pal: { join: "never" } });
    const env = { ...envOf(served), DAILY_API_URL: emulator.dailyApiUrl, DAILY_API_KEY: emulator.dailyApiKey };
    expect((await atTavus(env)).Daily).toEqual({
      level: "ok",
      says: "the key of the domain emulator is accepted",
    });
    const { Daily: wrong } = await atTavus({ ...env, DAILY_API_KEY: "wrong-key-1234" });
    expect(wrong).toMatchObject({ level: "fail", says: expect.stringContaining("401") as string });
    expect(JSON.stringify(wrong)).not.toContain("wrong-key-1234");
  });

  it("prints text for people and JSON for scripts", async () => {
    const people = await cli(["doctor", "--offline"]);
    expect(people.stdout).toMatch(/^ok {4}Node: v/);
    const script = await cli(["doctor", "--offline", "--json"]);
    const { ok, checks } = script.json() as { ok: boolean; checks: { name: string; level: string }[] };
    expect(script.code).toBe(ok ? 0 : 1);
    expect(checks.map(({ name }) => name)).toEqual(CHECKS.map(({ name }) => name));
    expect(checks.at(-1)).toMatchObject({ level: "skip" });
  }, 60_000);
});
