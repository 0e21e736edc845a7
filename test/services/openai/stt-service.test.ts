import { describe, expect, it } from "vitest";

import {
  InterimTranscriptionFrame,
  MetricsFrame,
  STTUpdateSettingsFrame,
  TranscriptionFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../../src/frames/index.ts";
import { OpenAISTTService, type OpenAISTTServiceOptions } from "../../../src/services/openai/index.ts";
import {
  type FakeHeardSpeech,
  FakeOpenAI,
  fakeOpenAIErrors,
  type FakeOpenAIOptions,
} from "../../../src/testing/index.ts";
import { of } from "../rig.ts";
import { Live, speech } from "./rig.ts";

const KEY = "sk-test-0123456789";
const started = (): VADUserStartedSpeakingFrame => new VADUserStartedSpeakingFrame();
const stopped = (): VADUserStoppedSpeakingFrame => new VADUserStoppedSpeakingFrame();

async function open(
  options: FakeOpenAIOptions = {},
  own: OpenAISTTServiceOptions = {},
): Promise<
  AsyncDisposable & {
    readonly openai: FakeOpenAI;
    readonly bot: Live;
    readonly heard: FakeHeardSpeech[];
    readonly stt: OpenAISTTService;
  }
> {
  const heard: FakeHeardSpeech[] = [];
  const { transcribe = () => "Hello there." } = options;
  const openai = await FakeOpenAI.start({
    ...{ apiKey: KEY, ...options },
    transcribe: (speech) => {
      heard.push(speech);
      return transcribe(speech);
    },
  });
  const stt = new OpenAISTTService({ apiKey: KEY, baseUrl: openai.url, ...own });
  const bot = new Live(stt);
  return { openai, bot, heard, stt, [Symbol.asyncDispose]: () => openai.close() };
}

const texts = (bot: Live, type: typeof TranscriptionFrame | typeof InterimTranscriptionFrame): string[] =>
  bot.down.flatMap((frame) => (frame instanceof type ? [frame.text] : []));

describe("OpenAISTTService", () => {
  it("transcribes each stretch of speech as a WAV file once it has ended, with what was said just before", async () => {
    await using rig = await open();
    rig.bot.send(...speech(400, { level: 0 }), started(), ...speech(600), stopped());
    await rig.bot.waitFor(TranscriptionFrame);
    expect(of(rig.bot.down, TranscriptionFrame)).toMatchObject([
      { text: "Hello there.", userId: "grace", finalized: true },
    ]);
    expect(rig.heard).toMatchObject([{ model: "gpt-transcribe", sampleRate: 16_000, route: "file" }]);
    expect(rig.heard[0]!.pcm).toHaveLength(16_000);
    expect(rig.heard[0]!.pcm.subarray(6400, 6720)).toEqual((speech(20)[0] as unknown as { audio: Int16Array }).audio);
    expect(rig.openai.requests[0]!.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(rig.bot.errors).toEqual([]);
  });

  it("sends language, prompt and model, and changes them during the call", async () => {
    await using rig = await open({}, { language: "de", prompt: "Fruit." });
    rig.bot.send(started(), ...speech(200), stopped());
    await rig.bot.waitFor(TranscriptionFrame);
    rig.bot.send(new STTUpdateSettingsFrame({ language: undefined, model: "whisper-1" }));
    // Speech overtakes the change.
    await rig.bot.task.until("it is changed", () => rig.stt.settings.model === "whisper-1");
    rig.bot.send(started(), ...speech(200), stopped());
    await rig.bot.waitFor(TranscriptionFrame, 2);
    expect(rig.heard).toMatchObject([
      { model: "gpt-transcribe", language: "de", prompt: "Fruit." },
      { model: "whisper-1", language: undefined, prompt: "Fruit." },
    ]);
    expect(of(rig.bot.down, TranscriptionFrame).map(({ language }) => language)).toEqual(["de", undefined]);
  });

  it("streams interim transcripts if asked to", async () => {
    await using rig = await open({ fragmentBytes: 7 }, { interimTranscripts: true });
    rig.bot.send(started(), ...speech(200), stopped());
    await rig.bot.waitFor(TranscriptionFrame);
    expect(texts(rig.bot, InterimTranscriptionFrame)).toEqual(["Hello", "Hello there."]);
    expect(texts(rig.bot, TranscriptionFrame)).toEqual(["Hello there."]);
  });

  it("keeps the order of speech although the first takes longer", async () => {
    let calls = 0;
    await using rig = await open({ transcribe: () => ({ text: `Turn ${++calls}.`, delayMs: calls === 1 ? 60 : 0 }) });
    rig.bot.send(started(), ...speech(200), stopped(), started(), ...speech(200), stopped());
    await rig.bot.waitFor(TranscriptionFrame, 2);
    expect(texts(rig.bot, TranscriptionFrame)).toEqual(["Turn 1.", "Turn 2."]);
  });

  it("pushes nothing for speech without words, nor for less than the vendor takes", async () => {
    await using rig = await open({ transcribe: () => "" });
    rig.bot.send(started(), ...speech(80), stopped(), started(), ...speech(200), stopped());
    await rig.bot.task.end();
    expect(rig.openai.requests).toHaveLength(1);
    expect(texts(rig.bot, TranscriptionFrame)).toEqual([]);
    expect(rig.bot.errors).toEqual([]);
  });

  it("transcribes what was said before the end", async () => {
    await using rig = await open({ latencyMs: 50 });
    rig.bot.send(started(), ...speech(200), stopped());
    await rig.bot.task.end();
    expect(texts(rig.bot, TranscriptionFrame)).toEqual(["Hello there."]);
  });

  it("reports the time to the transcript and the seconds of audio", async () => {
    await using rig = await open();
    rig.bot.send(started(), ...speech(500), stopped());
    await rig.bot.task.end();
    const kinds = of(rig.bot.down, MetricsFrame).flatMap((frame) => frame.data.map(({ kind }) => kind));
    expect(kinds).toEqual(expect.arrayContaining(["ttfb", "sttUsage"]));
  });

  it("sends the file once more after a failure that may pass", async () => {
    await using rig = await open();
    rig.openai.faults.next({ type: "refuse", status: 503 });
    rig.bot.send(started(), ...speech(200), stopped());
    await rig.bot.waitFor(TranscriptionFrame);
    expect(rig.openai.requests).toHaveLength(2);
    expect(rig.bot.errors).toEqual([]);
  });

  it.each([
    ["quota", fakeOpenAIErrors.quota()],
    ["server", fakeOpenAIErrors.server()],
    ["invalidRequest", fakeOpenAIErrors.modelNotFound("gpt-9")],
  ])("reports %s, without the key, and is not stopped by it", async (category, { status, error, headers = {} }) => {
    await using rig = await open({}, { maxRetries: 0 });
    rig.openai.faults.next({ type: "refuse", status, body: { error: { ...error, message: KEY } }, headers });
    rig.bot.send(started(), ...speech(200), stopped());
    await rig.bot.task.until("an error", () => rig.bot.errors.length > 0);
    expect(rig.bot.errors).toMatchObject([{ code: "service", category }]);
    expect(rig.bot.errors[0]!.message).not.toContain(KEY);
  });

  it("reports a transcript that breaks off, and does not take its beginning for the whole", async () => {
    await using rig = await open(
      { transcribe: () => "One two three.", pieceDelayMs: 50 },
      { interimTranscripts: true },
    );
    rig.openai.faults.next({ type: "disconnect", afterMessages: 2 });
    rig.bot.send(started(), ...speech(200), stopped());
    await rig.bot.task.until("an error", () => rig.bot.errors.length > 0);
    expect(rig.bot.errors).toMatchObject([{ category: "connectivity", retryable: true }]);
    expect(texts(rig.bot, TranscriptionFrame)).toEqual([]);
    expect(rig.openai.requests).toHaveLength(1);
  });

  it("closes a request that takes too long", async () => {
    await using rig = await open({ latencyMs: 60_000 }, { timeoutMs: 100 });
    rig.bot.send(started(), ...speech(200), stopped());
    await rig.bot.task.until("an error", () => rig.bot.errors.length > 0);
    expect(rig.bot.errors).toMatchObject([{ code: "timeout" }]);
    await rig.bot.task.until("it is closed", () => rig.openai.openCount === 0);
    expect(rig.openai.requests[0]!.abortedByClient).toBe(true);
  });

  it("a cancellation closes the request", async () => {
    await using rig = await open({ latencyMs: 60_000 });
    rig.bot.send(started(), ...speech(200), stopped());
    await rig.bot.task.until("it is asked", () => rig.openai.openCount === 1);
    rig.bot.task.cancel();
    await rig.bot.task.until("it is closed", () => rig.openai.openCount === 0);
  });
});
