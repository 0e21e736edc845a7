import { describe, expect, it } from "vitest";

import {
  InterruptionFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  LLMTextFrame,
  MetricsFrame,
  TTSAudioRawFrame,
  TTSSpeakFrame,
  TTSStoppedFrame,
  TTSTextFrame,
  TTSUpdateSettingsFrame,
} from "../../../src/frames/index.ts";
import { OpenAITTSService, type OpenAITTSServiceOptions } from "../../../src/services/openai/index.ts";
import {
  FakeOpenAI,
  fakeOpenAIErrors,
  type FakeOpenAIOptions,
  testTone,
  VendorServer,
} from "../../../src/testing/index.ts";
import { of } from "../rig.ts";
import { Live } from "./rig.ts";

const KEY = "sk-test-0123456789";
const say = (text: string): TTSSpeakFrame => new TTSSpeakFrame(text);

async function open(
  options: FakeOpenAIOptions = {},
  own: OpenAITTSServiceOptions = {},
): Promise<AsyncDisposable & { readonly openai: FakeOpenAI; readonly bot: Live; readonly tts: OpenAITTSService }> {
  const openai = await FakeOpenAI.start({ apiKey: KEY, ...options });
  const tts = new OpenAITTSService({ apiKey: KEY, baseUrl: openai.url, ...own });
  const bot = new Live(tts);
  return { openai, bot, tts, [Symbol.asyncDispose]: () => openai.close() };
}

/** All the audio that has left, as one piece. */
function heard({ down }: Live): Int16Array {
  return Int16Array.from(of(down, TTSAudioRawFrame).flatMap(({ audio }) => [...audio]));
}

const bodies = (openai: FakeOpenAI): Record<string, unknown>[] =>
  openai.requests.map(({ body }) => JSON.parse(body.toString("utf8")) as Record<string, unknown>);

describe("OpenAITTSService", () => {
  it("speaks with a key, a model and a voice, and yields every sample although the pieces cut samples", async () => {
    const tone = testTone(440, 24_000, 700);
    await using rig = await open({ speak: () => tone, fragmentBytes: 333 });
    rig.bot.send(say("Hello there, my friend."));
    await rig.bot.waitFor(TTSStoppedFrame);
    expect(heard(rig.bot)).toEqual(tone);
    expect(of(rig.bot.down, TTSAudioRawFrame)[0]!.sampleRate).toBe(24_000);
    expect(bodies(rig.openai)).toEqual([
      { input: "Hello there, my friend.", model: "gpt-4o-mini-tts", voice: "alloy", response_format: "pcm" },
    ]);
    expect(rig.openai.requests[0]!.headers).toMatchObject({ authorization: `Bearer ${KEY}` });
    expect(rig.openai.requests[0]!.query.size).toBe(0);
    expect(rig.bot.errors).toEqual([]);
  });

  it("estimates its words from the audio", async () => {
    await using rig = await open();
    rig.bot.send(say("Hello there, my friend."));
    await rig.bot.waitFor(TTSStoppedFrame);
    const words = of(rig.bot.down, TTSTextFrame);
    expect(words.map(({ text }) => text)).toEqual(["Hello", " there,", " my", " friend."]);
    expect(words.every(({ estimated }) => estimated)).toBe(true);
  });

  it("sends instructions, speed and a voice of one's own, and changes them during the call", async () => {
    await using rig = await open({}, { voice: { id: "voice_1" }, instructions: "Calmly.", speed: 1.5 });
    rig.bot.send(say("One."));
    await rig.bot.waitFor(TTSStoppedFrame);
    rig.bot.send(new TTSUpdateSettingsFrame({ voice: "coral", instructions: undefined, model: "tts-1" }), say("Two."));
    await rig.bot.waitFor(TTSStoppedFrame, 2);
    expect(bodies(rig.openai)).toMatchObject([
      { voice: { id: "voice_1" }, instructions: "Calmly.", speed: 1.5 },
      { voice: "coral", model: "tts-1", speed: 1.5 },
    ]);
    expect(bodies(rig.openai)[1]).not.toHaveProperty("instructions");
  });

  it("reports the time to the first audio and the characters", async () => {
    await using rig = await open();
    rig.bot.send(say("One two."));
    await rig.bot.waitFor(TTSStoppedFrame);
    const data = of(rig.bot.down, MetricsFrame).flatMap((frame) => frame.data);
    expect(data).toContainEqual(expect.objectContaining({ kind: "ttsUsage", characters: 8, model: "gpt-4o-mini-tts" }));
    expect(data.filter(({ kind }) => kind === "ttfb")).toHaveLength(1);
  });

  it("speaks text over the limit of 4096 characters in parts, at the ends of sentences", async () => {
    const sentence = `${"word ".repeat(99)}end. `;
    const text = sentence.repeat(10).trim();
    await using rig = await open({ speak: () => testTone(300, 24_000, 50) }, { audioTimeoutMs: 5000 });
    rig.bot.send(say(text));
    await rig.bot.waitFor(TTSStoppedFrame);
    const inputs = bodies(rig.openai).map(({ input }) => input as string);
    expect(inputs.length).toBe(2);
    expect(inputs.join("")).toBe(text);
    expect(inputs[0]!.endsWith("end.")).toBe(true);
    expect(rig.bot.errors).toEqual([]);
  });

  describe("an interruption closes the request", () => {
    it.each([
      ["before its first audio", { latencyMs: 5000 }, 0],
      ["in the middle of its audio", { pieceDelayMs: 50 }, 1],
    ])("%s", async (_when, options, pieces) => {
      await using rig = await open(options);
      rig.bot.send(new LLMFullResponseStartFrame(), new LLMTextFrame("A sentence that takes a few seconds to say. "));
      rig.bot.send(new LLMFullResponseEndFrame());
      await expect.poll(() => rig.openai.openCount, { interval: 2 }).toBe(1);
      if (pieces > 0) await rig.bot.waitFor(TTSAudioRawFrame, pieces);
      const interruptedAtMs = performance.now();
      rig.bot.send(new InterruptionFrame());
      await expect.poll(() => rig.openai.openCount, { interval: 2 }).toBe(0);
      expect(rig.openai.requests[0]).toMatchObject({ over: true, abortedByClient: true });
      // 50 ms is the aim; a loaded machine is allowed ten times that.
      expect(rig.openai.requests[0]!.overAtMs! - interruptedAtMs).toBeLessThan(500);
      expect(rig.bot.errors).toEqual([]);
      expect(of(rig.bot.down, TTSStoppedFrame)).toEqual([]);
    });
  });

  it.each([
    ["a rate limit that passes soon", fakeOpenAIErrors.rateLimit(20)],
    ["a failure of the server", fakeOpenAIErrors.server()],
  ])("sends the request once more after %s", async (_what, { status, error, headers = {} }) => {
    await using rig = await open();
    rig.openai.faults.next({ type: "refuse", status, body: { error }, headers });
    rig.bot.send(say("Hello."));
    await rig.bot.waitFor(TTSStoppedFrame);
    expect(rig.openai.requests).toHaveLength(2);
    expect(rig.bot.errors).toEqual([]);
  });

  it.each([
    ["rateLimit", fakeOpenAIErrors.rateLimit(30_000), true],
    ["quota", fakeOpenAIErrors.quota(), true],
    ["invalidRequest", fakeOpenAIErrors.modelNotFound("gpt-9-tts"), false],
  ])("reports %s at once, without the key", async (category, { status, error, headers = {} }, usable) => {
    await using rig = await open();
    rig.openai.faults.next({ type: "refuse", status, body: { error: { ...error, message: KEY } }, headers });
    rig.bot.send(say("Hello."));
    await expect.poll(() => rig.bot.errors).toMatchObject([{ code: "service", category }]);
    expect(rig.bot.errors[0]!.message).not.toContain(KEY);
    expect(rig.openai.requests).toHaveLength(1);
    expect(rig.tts.usable).toBe(usable);
  });

  it("is unusable with a wrong key, and the error shows no key", async () => {
    await using openai = await FakeOpenAI.start({ apiKey: KEY });
    const tts = new OpenAITTSService({ apiKey: "sk-wrong-secret", baseUrl: openai.url });
    const bot = new Live(tts);
    bot.send(say("Hello."), say("Again."));
    await expect.poll(() => bot.errors).toMatchObject([{ category: "authentication" }, { code: "serviceUnusable" }]);
    expect(bot.errors[0]!.message).not.toMatch(/sk-wrong/);
    expect(openai.requests).toHaveLength(1);
  });

  it("does not speak twice when the audio breaks off: it reports that, and the next text is spoken", async () => {
    await using rig = await open({ pieceDelayMs: 5 });
    rig.openai.faults.next({ type: "disconnect", afterMessages: 2 });
    rig.bot.send(say("This breaks off somewhere."), say("Next."));
    await rig.bot.waitFor(TTSStoppedFrame, 2);
    expect(rig.bot.errors).toMatchObject([{ category: "connectivity", retryable: true }]);
    expect(rig.openai.requests).toHaveLength(2);
    const said = of(rig.bot.down, TTSTextFrame).map(({ text }) => text);
    expect(said.at(-1)).toBe("Next.");
    // Only what its audio has reached.
    expect(said).not.toContain(" somewhere.");
  });

  it("gives up audio that stalls", async () => {
    await using rig = await open({}, { audioTimeoutMs: 100 });
    rig.openai.faults.next({ type: "stall", afterMessages: 1 });
    rig.bot.send(say("This stalls after its first piece."));
    await expect.poll(() => rig.bot.errors).toMatchObject([{ code: "timeout" }]);
    await expect.poll(() => rig.openai.openCount).toBe(0);
  });

  it("reports a document in the place of audio", async () => {
    await using server = await VendorServer.start({
      authorization: undefined,
      unauthorizedBody: {},
      request: (_request, answer) => {
        answer.json(200, { status: "ok" });
        return true;
      },
    });
    const bot = new Live(new OpenAITTSService({ apiKey: null, baseUrl: server.url }));
    bot.send(say("Hello."));
    await expect.poll(() => bot.errors).toMatchObject([{ category: "server" }]);
    expect(bot.errors[0]!.message).toContain("application/json");
    expect(of(bot.down, TTSAudioRawFrame)).toEqual([]);
  });

  it.each([
    [{ apiKey: "" }, "apiKey"],
    [{ apiKey: KEY, speed: 5 }, "speed"],
    [{ apiKey: KEY, maxRetries: -1 }, "maxRetries"],
    [{ apiKey: KEY, baseUrl: "ftp://x" }, "baseUrl"],
  ])("rejects the options %j", (options, field) => {
    expect(() => new OpenAITTSService(options)).toThrow(expect.objectContaining({ field }));
  });
});
