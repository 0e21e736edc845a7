import { describe, expect, it } from "vitest";

import {
  type Frame,
  InterimTranscriptionFrame,
  STTMuteFrame,
  STTUpdateSettingsFrame,
  TranscriptionFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../../src/frames/index.ts";
import { OpenAIRealtimeSTTService, type OpenAIRealtimeSTTServiceOptions } from "../../../src/services/openai/index.ts";
import {
  type FakeHeardSpeech,
  FakeOpenAI,
  fakeOpenAIErrors,
  type FakeOpenAIOptions,
  settle,
} from "../../../src/testing/index.ts";
import { of } from "../rig.ts";
import { Live, speech } from "./rig.ts";

const KEY = "sk-test-0123456789";
const started = (): Frame => new VADUserStartedSpeakingFrame();
const stopped = (): Frame => new VADUserStoppedSpeakingFrame();
const turn = (durationMs = 300): Frame[] => [started(), ...speech(durationMs), stopped()];

interface Rig extends AsyncDisposable {
  readonly openai: FakeOpenAI;
  readonly bot: Live;
  readonly heard: FakeHeardSpeech[];
  readonly stt: OpenAIRealtimeSTTService;
  /** The types of what was sent on the latest connection. */
  sent(): string[];
  /** Waits until a session is open. */
  ready(sessions?: number): Promise<void>;
}

async function open(options: FakeOpenAIOptions = {}, own: OpenAIRealtimeSTTServiceOptions = {}): Promise<Rig> {
  const heard: FakeHeardSpeech[] = [];
  const { transcribe = () => "Hello there." } = options;
  const openai = await FakeOpenAI.start({
    ...{ apiKey: KEY, ...options },
    transcribe: (part) => {
      heard.push(part);
      return transcribe(part);
    },
  });
  const stt = new OpenAIRealtimeSTTService({ apiKey: KEY, baseUrl: openai.wsUrl, ...own });
  const bot = new Live(stt);
  const messages = (): Record<string, unknown>[] =>
    (openai.requests.at(-1)?.texts ?? []).map((text) => JSON.parse(text) as Record<string, unknown>);
  const rig: Rig = {
    ...{ openai, bot, heard, stt },
    sent: () => messages().map(({ type }) => type as string),
    ready: (sessions = 1) =>
      bot.task.until("a session", () => openai.requests.length >= sessions && rig.sent().includes("session.update")),
    [Symbol.asyncDispose]: () => openai.close(),
  };
  return rig;
}

const texts = ({ bot }: Rig, type: typeof TranscriptionFrame | typeof InterimTranscriptionFrame): string[] =>
  bot.down.flatMap((frame) => (frame instanceof type ? [frame.text] : []));
const finals = (rig: Rig): string[] => texts(rig, TranscriptionFrame);

describe("OpenAIRealtimeSTTService", () => {
  it("sends speech at 24 kHz, commits it at its end, and pushes the transcript with the user", async () => {
    await using rig = await open({}, { model: "gpt-4o-transcribe", language: "en", prompt: "Fruit." });
    rig.bot.send(...speech(400, { level: 0 }), ...turn(600));
    await rig.bot.waitFor(TranscriptionFrame);
    expect(of(rig.bot.down, TranscriptionFrame)).toMatchObject([
      { text: "Hello there.", userId: "grace", finalized: true, language: "en" },
    ]);
    expect(rig.heard).toMatchObject([
      { model: "gpt-4o-transcribe", language: "en", prompt: "Fruit.", sampleRate: 24_000, route: "realtime" },
    ]);
    // 1000 ms, but for the resampler's tail.
    expect(rig.heard[0]!.pcm.length).toBeGreaterThan(23_900);
    expect(rig.heard[0]!.pcm.length).toBeLessThanOrEqual(24_000);
    expect(Math.max(...rig.heard[0]!.pcm.subarray(0, 9500))).toBeLessThan(100);
    expect(Math.max(...rig.heard[0]!.pcm.subarray(10_000))).toBeGreaterThan(7000);
    const [request] = rig.openai.requests;
    expect(request!.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(Object.fromEntries(request!.query)).toEqual({ intent: "transcription" });
    expect(rig.bot.errors).toEqual([]);
  });

  it("sends blocks of about 50 ms while the user speaks, and nothing in silence", async () => {
    await using rig = await open();
    await rig.ready();
    rig.bot.send(...speech(2000, { level: 0 }));
    rig.bot.send(started(), ...speech(500));
    await rig.bot.task.until("speech arrives", () => rig.sent().length > 8);
    expect(new Set(rig.sent())).toEqual(new Set(["session.update", "input_audio_buffer.append"]));
    rig.bot.send(stopped(), ...speech(2000, { level: 0 }));
    await rig.bot.waitFor(TranscriptionFrame);
    expect(rig.sent().at(-1)).toBe("input_audio_buffer.commit");
    // 1 s before the speech and 0.5 s of it, in whole frames of 20 ms.
    expect(rig.sent().filter((type) => type.endsWith("append")).length).toBeLessThanOrEqual(30);
  });

  it("shows words while the user speaks, and those behind the commit", async () => {
    await using rig = await open({ transcribe: () => "One two three." });
    await rig.ready();
    rig.bot.send(started(), ...speech(700));
    await rig.bot.waitFor(InterimTranscriptionFrame, 2);
    expect(texts(rig, InterimTranscriptionFrame)).toEqual(["One", "One two"]);
    rig.bot.send(stopped());
    await rig.bot.waitFor(TranscriptionFrame);
    expect(texts(rig, InterimTranscriptionFrame)).toEqual(["One", "One two", "One two three."]);
    expect(finals(rig)).toEqual(["One two three."]);
  });

  it("keeps the order of speech although the vendor completes it in another", async () => {
    let calls = 0;
    await using rig = await open(
      { transcribe: () => ({ text: `Turn ${++calls}.`, delayMs: [0, 200, 100, 0][calls] ?? 0 }) },
      { model: "gpt-4o-transcribe" },
    );
    await rig.ready();
    rig.bot.send(...turn(), ...turn(), ...turn());
    await rig.bot.waitFor(TranscriptionFrame, 3);
    expect(finals(rig)).toEqual(["Turn 1.", "Turn 2.", "Turn 3."]);
    // Words of the second are not shown before the first is complete.
    const kinds = rig.bot.down.flatMap((frame) =>
      frame instanceof TranscriptionFrame || frame instanceof InterimTranscriptionFrame ? [frame.text] : [],
    );
    expect(kinds.indexOf("Turn 1.")).toBeLessThan(kinds.findIndex((text) => text.startsWith("Turn 2")));
  });

  it("loses no speech from before the session is open", async () => {
    await using rig = await open();
    rig.openai.faults.next({ type: "delay", delayMs: 100 });
    rig.bot.send(...turn(400), started(), ...speech(200));
    await rig.bot.waitFor(TranscriptionFrame);
    rig.bot.send(stopped());
    await rig.bot.waitFor(TranscriptionFrame, 2);
    expect(rig.openai.requests).toHaveLength(1);
  });

  it.each([1, 2, 3, 4, 5, 6])(
    "sends speech again when the connection breaks after %i messages",
    async (afterMessages) => {
      await using rig = await open({ transcribe: () => "One two three." });
      rig.openai.faults.next({ type: "disconnect", afterMessages });
      rig.bot.send(...turn(700));
      await rig.bot.waitFor(TranscriptionFrame);
      rig.bot.send(...turn(700));
      await rig.bot.waitFor(TranscriptionFrame, 2);
      expect(finals(rig)).toEqual(["One two three.", "One two three."]);
      expect(rig.openai.requests).toHaveLength(2);
      expect(rig.bot.errors).toMatchObject([{ code: "service", category: "connectivity", retryable: true }]);
    },
  );

  it("reports speech that the vendor could not transcribe, and goes on", async () => {
    let calls = 0;
    await using rig = await open({ transcribe: () => (++calls === 1 ? fakeOpenAIErrors.rateLimit(10) : "Second.") });
    rig.bot.send(...turn(), ...turn());
    await rig.bot.waitFor(TranscriptionFrame);
    expect(finals(rig)).toEqual(["Second."]);
    expect(rig.bot.errors).toMatchObject([{ code: "service", category: "rateLimit" }]);
    expect(rig.stt.usable).toBe(true);
  });

  it("gives up a transcript that never arrives, and sends later speech on a new connection", async () => {
    await using rig = await open({}, { timeoutMs: 300 });
    rig.openai.faults.next({ type: "stall", afterMessages: 3 });
    await rig.ready();
    rig.bot.send(...turn());
    await rig.bot.task.until("an error", () => rig.bot.errors.length > 0);
    expect(rig.bot.errors).toMatchObject([{ code: "timeout" }]);
    rig.bot.send(...turn());
    await rig.bot.waitFor(TranscriptionFrame);
    expect(rig.openai.requests).toHaveLength(2);
    expect(rig.openai.openCount).toBe(1);
  });

  it("ignores messages that it does not know or cannot read", async () => {
    await using rig = await open({}, { timeoutMs: 2000 });
    rig.openai.faults.next({ type: "garble", atMessage: 3, text: '{"type":' });
    await rig.ready();
    rig.bot.send(...turn());
    await rig.bot.waitFor(TranscriptionFrame);
    expect(rig.bot.errors).toEqual([]);
  });

  it("pushes nothing for speech that is too short or has no words", async () => {
    await using rig = await open({ transcribe: () => "" });
    await rig.ready();
    rig.bot.send(started(), ...speech(40), stopped(), ...turn());
    await rig.bot.task.end();
    expect(finals(rig)).toEqual([]);
    expect(rig.heard).toHaveLength(1);
    expect(rig.bot.errors).toEqual([]);
  });

  it("drops speech that is muted", async () => {
    await using rig = await open();
    await rig.ready();
    rig.bot.send(started(), ...speech(400));
    await rig.bot.task.until("speech arrives", () => rig.sent().length > 4);
    rig.bot.send(new STTMuteFrame(true), ...speech(200), stopped());
    rig.bot.send(new STTMuteFrame(false), ...turn());
    await rig.bot.waitFor(TranscriptionFrame);
    expect(finals(rig)).toHaveLength(1);
    expect(rig.sent()).toContain("input_audio_buffer.clear");
  });

  it("configures a new session after a change of settings, once the user is silent", async () => {
    await using rig = await open();
    await rig.ready();
    rig.bot.send(started(), ...speech(300), new STTUpdateSettingsFrame({ language: "de" }));
    await rig.bot.task.until("it is changed", () => rig.stt.settings.language === "de");
    expect(rig.openai.requests).toHaveLength(1);
    rig.bot.send(stopped());
    await rig.bot.waitFor(TranscriptionFrame);
    expect(rig.openai.requests).toHaveLength(2);
    expect(rig.heard.at(-1)).toMatchObject({ language: "de" });
  });

  it("transcribes what was said before the end, then closes the connection", async () => {
    await using rig = await open({ latencyMs: 50 });
    rig.bot.send(...turn());
    await rig.bot.task.end();
    expect(finals(rig)).toEqual(["Hello there."]);
    await rig.bot.task.until("it is closed", () => rig.openai.openCount === 0);
  });

  it("accepts audio of another rate", async () => {
    await using rig = await open();
    await rig.ready();
    rig.bot.send(...speech(200, { sampleRate: 48_000, level: 0 }));
    // The resampler for it is made meanwhile.
    await settle();
    rig.bot.send(started(), ...speech(500, { sampleRate: 48_000 }), stopped());
    await rig.bot.waitFor(TranscriptionFrame);
    expect(rig.bot.errors).toEqual([]);
  });

  it("is unusable with a wrong key, and tries no second time", async () => {
    await using openai = await FakeOpenAI.start({ apiKey: KEY });
    const bot = new Live(new OpenAIRealtimeSTTService({ apiKey: "sk-wrong-secret", baseUrl: openai.url }));
    await bot.task.until("an error", () => bot.errors.length > 0);
    expect(bot.errors).toMatchObject([{ category: "authentication" }]);
    expect(bot.errors[0]!.message).not.toMatch(/sk-wrong/);
    bot.send(...turn());
    await bot.task.end();
    expect(openai.requests).toHaveLength(1);
  });

  it.each<[OpenAIRealtimeSTTServiceOptions, RegExp]>([
    [{ model: "gpt-9" }, /Invalid model/],
    [{ prompt: "Fruit." }, /'prompt' is not supported/],
    [{ modelInUrl: true }, /transcription session update to a realtime session/],
  ])("is unusable with settings that the vendor refuses: %j", async (own, reason) => {
    await using rig = await open({}, own);
    await rig.bot.task.until("an error", () => rig.bot.errors.length > 0);
    expect(rig.bot.errors).toMatchObject([
      { category: "invalidRequest", message: expect.stringMatching(reason) as string },
    ]);
    expect(rig.stt.usable).toBe(false);
    if (own.modelInUrl === true) return;
    rig.bot.send(new STTUpdateSettingsFrame({ model: "whisper-1", prompt: undefined }));
    await rig.bot.task.until("it is usable", () => rig.stt.usable);
    rig.bot.send(...turn());
    await rig.bot.waitFor(TranscriptionFrame);
  });
});
