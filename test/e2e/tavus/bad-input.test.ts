import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, it, vi } from "vitest";

import { EndFrame, TTSAudioRawFrame } from "../../../src/frames/index.ts";
import { TavusTransport, type TavusTransportOptions } from "../../../src/transport/tavus/index.ts";
import { TavusTransportError } from "../../../src/util/errors.ts";
import { BotProcess } from "../../support/bot-process.ts";
import { testUtterance } from "../../../src/testing/test-utterance.ts";
import { type BotOptions, FACE_ID, PlayedByPal, type TavusBot, tavusStage } from "../../support/tavus.ts";
import { until } from "../../support/until.ts";

const stage = tavusStage();
afterEach(() => vi.unstubAllEnvs());

/** The handles that keep a process alive, without streams and handles that only await garbage collection. */
function handles(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => !/^(Pipe|TTY|FSReq|Immediate|CloseReq|Message)/.test(kind));
}

interface Failure {
  readonly code: string;
  readonly says: RegExp;
}

/** Expects the bot to fail with one typed error that says what to do, and to leave no conversation, handle or secret behind. */
async function expectOneTypedError(options: BotOptions, { code, says }: Failure): Promise<TavusTransportError> {
  const { tavus, apiKey } = stage.emulator;
  const before = handles().length;
  const bot = stage.bot(options);
  const thrown = await bot.running.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(TavusTransportError);
  const error = thrown as TavusTransportError;
  expect(error.code).toBe(code);
  expect(error.message).toMatch(says);
  expect(error.message).not.toContain(apiKey);
  expect(tavus.openConversations).toBe(0);
  for (const { id } of tavus.conversations.list()) expect(tavus.endCalls(id)).toBe(1);
  await until("no handle is left", () => handles().length <= before);
  return error;
}

describe("what Tavus refuses", () => {
  it.each<[what: string, options: TavusTransportOptions, failure: Failure]>([
    ["a wrong key", { apiKey: "not-the-key" }, { code: "unauthorized", says: /TAVUS_API_KEY/ }],
    ["an unknown face", { faceId: "r-nobody" }, { code: "notFound", says: /Check the id/ }],
    ["an unknown PAL", { palId: "p-nobody" }, { code: "notFound", says: /Check the id/ }],
  ])("%s is one typed error with the next step", async (_what, options, failure) => {
    await stage.open();
    const error = await expectOneTypedError(options, failure);
    expect(error).toMatchObject({ retryable: false });
    expect(stage.emulator.tavus.conversations.createdConversations).toBe(0);
  });

  it("no credits is one typed error with the next step", async () => {
    await stage.open({ creditsS: 0 });
    const error = await expectOneTypedError({}, { code: "outOfCredits", says: /Add conversational minutes/ });
    expect(error).toMatchObject({ status: 402 });
  });

  it("too many conversations is one typed error with the next step", async () => {
    await stage.open({ maxConcurrent: 0 });
    await expectOneTypedError({}, { code: "concurrencyLimit", says: /End a conversation that is still open/ });
  });

  it.each([500, 502, 503])("a %i is one typed error with the next step, after any retries", async (status) => {
    const { tavus } = await stage.open();
    tavus.faults.next({ path: "/conversations", method: "POST", status, body: "<html>oops</html>", times: 100 });
    await expectOneTypedError({}, { code: "serverError", says: /status\.tavus\.io/ });
  });

  it("a creation whose answer is lost leaves nothing behind", async () => {
    const { tavus } = await stage.open();
    tavus.faults.next({ path: "/conversations", method: "POST", reset: true, afterHandling: true });
    const bot = stage.bot({ conversation: { name: "lost" } });
    // The API client may recover or fail; in both cases nothing stays open.
    await bot.connected().then(
      () => bot.task.end(),
      (error: unknown) => expect(error).toBeInstanceOf(TavusTransportError),
    );
    await bot.running.catch(() => undefined);
    expect(tavus.openConversations).toBe(0);
  });
});

describe("unreachable servers", () => {
  it("a Tavus that is not there is one typed error with the next step", async () => {
    await stage.open();
    const server = createServer().listen(0, "127.0.0.1");
    await until("it listens", () => server.listening);
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await expectOneTypedError(
      { apiUrl: `http://127.0.0.1:${port}/v2` },
      { code: "unreachable", says: /Check the network and TAVUS_API_URL/ },
    );
  });

  it.each(["native", "chromium"] as const)(
    "an unknown room is one typed error with the next step on %s",
    async (runtime) => {
      const emulator = await stage.open();
      await expectOneTypedError(
        { runtime, dependencies: { env: { TAVUS_SAMPLE_ROOM_URL: emulator.roomUrl("nowhere") } } },
        { code: "roomNotFound", says: /Check the room URL/ },
      );
      expect(emulator.tavus.requestLog.total).toBe(0);
    },
  );

  it("a room on a server that is not there is one typed error with the next step", async () => {
    await stage.open();
    await expectOneTypedError(
      { roomUrl: "http://127.0.0.1:9/room" },
      { code: "connectionFailed", says: /can be reached from this machine/ },
    );
  });

  it("a conversation that cannot be joined is one typed error, and is ended", async () => {
    await stage.open({ pal: { twice: true } });
    await expectOneTypedError({ conversation: { maxParticipants: 2 } }, { code: "roomFull", says: /max_participants/ });
    expect(stage.emulator.tavus.conversations.createdConversations).toBe(1);
  });
});

describe("missing installations", () => {
  it("a browser is one typed error with the next step, and the conversation is ended", async () => {
    await stage.open();
    vi.stubEnv("CHROME_PATH", "/nowhere/chrome");
    await expectOneTypedError({ runtime: "chromium" }, { code: "runtimeUnavailable", says: /CHROME_PATH/ });
    expect(stage.emulator.tavus.conversations.createdConversations).toBe(1);
  });

  it("the native module is one typed error with the next step, and the process ends", async () => {
    const emulator = await stage.open();
    const missing = new URL("bots/without-wrtc.ts", import.meta.url);
    await using bot = new BotProcess(new URL("bots/bot.ts", import.meta.url), emulator, {
      nodeFlags: ["--import", missing.pathname],
    });
    expect(await bot.ends(10_000)).toBe(1);
    expect(bot.stdout).toMatch(/^failed .*npm install @roamhq\/wrtc/m);
    expect(emulator.tavus.openConversations).toBe(0);
    expect(emulator.tavus.endCalls(emulator.tavus.conversations.list()[0]?.id ?? "")).toBe(1);
  });
});

describe("options that cannot work", () => {
  it.each<[what: string, options: TavusTransportOptions, env: Record<string, string>, says: RegExp]>([
    ["a room URL that is none", { roomUrl: "my room" }, {}, /roomUrl: must be the http\(s\) URL of a Daily room/],
    ["a room URL in the environment that is none", {}, { TAVUS_SAMPLE_ROOM_URL: "nonsense" }, /roomUrl: must be/],
    ["a room URL of another protocol", { roomUrl: "ftp://example.com/room" }, {}, /roomUrl: must be/],
    ["an API URL that is none", { apiKey: "k", faceId: FACE_ID, apiUrl: "tavus" }, {}, /apiUrl/],
    ["no key", { faceId: FACE_ID }, {}, /TAVUS_API_KEY/],
    ["no face for a PAL without one", { apiKey: "k", params: { audioDelivery: "messages" } }, {}, /TAVUS_FACE_ID/],
  ])("%s is refused at once with one typed error", (_what, options, env, says) => {
    let thrown: unknown;
    try {
      new TavusTransport(options, { env });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TavusTransportError);
    expect(thrown).toMatchObject({ code: "invalidOption", message: expect.stringMatching(says) as string });
  });

  it("a room URL that names no room fails the run", async () => {
    await stage.open();
    await expectOneTypedError({ roomUrl: "http://127.0.0.1:9/" }, { code: "invalidOption", says: /url/i });
  });
});

describe("frames that cannot be spoken", () => {
  const frame = (destination?: string): TTSAudioRawFrame => {
    const speech = new TTSAudioRawFrame({ audio: new Int16Array(480), sampleRate: 24_000 });
    if (destination !== undefined) speech.transportDestination = destination;
    return speech;
  };
  const refusals = (bot: TavusBot): string[] => bot.logger.warnings().filter((line) => line.includes("refused"));

  it("yet, because the transport is not set up, wait and are spoken", async () => {
    await stage.open();
    const bot = stage.bot();
    for (const early of testUtterance(440, 300)) bot.transport.output().queueFrame(early);
    await bot.connected();
    const played = new PlayedByPal(stage.palOf(bot));
    await until("they are heard", () => played.loudMs() >= 250);
    expect(refusals(bot)).toEqual([]);
  });

  it("for an unknown destination are refused with one warning that names frame and destination", async () => {
    await stage.open();
    const bot = await stage.bot().ready();
    bot.task.queueFrames([frame("nowhere"), frame("nowhere")]);
    await until("both are refused", () => bot.transport.output().refusedFrames === 2);
    expect(refusals(bot)).toEqual([
      expect.stringMatching(/TTSAudioRawFrame for destination "nowhere" was refused: .*audioOutDestinations/),
    ]);
  });

  it("after the end are refused with a warning that names them", async () => {
    await stage.open();
    const bot = await stage.bot({ params: { audioOutEndSilenceMs: 0 } }).ready();
    const output = bot.transport.output();
    // Pushed directly to the output: the task itself accepts nothing after an end.
    bot.task.queueFrame(new EndFrame());
    output.queueFrame(new EndFrame());
    output.queueFrame(frame());
    await bot.running;
    expect(refusals(bot)).toEqual([
      expect.stringMatching(/TTSAudioRawFrame for the default destination was refused: the transport has ended/),
    ]);
    bot.task.queueFrame(frame());
    expect(bot.logger.warnings().at(-1)).toMatch(/A TTSAudioRawFrame was not taken: the task is over/);
  });
});
