import { describe, expect, it } from "vitest";

import {
  AggregatedTextFrame,
  EndFrame,
  ErrorFrame,
  type Frame,
  FunctionCallResultFrame,
  InterruptionFrame,
  LLMAssistantPushAggregationFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  LLMTextFrame,
  MetricsFrame,
  OutputTransportMessageFrame,
  TextFrame,
  TranscriptionFrame,
  TTSAudioRawFrame,
  TTSSpeakFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
  TTSTextFrame,
  TTSUpdateSettingsFrame,
} from "../../src/frames/index.ts";
import { MarkdownTextFilter, TTSService, type TTSChunk } from "../../src/services/index.ts";
import { ScriptedTTSService, type ScriptedTTSServiceOptions } from "../../src/testing/index.ts";
import { of, rig, run, story } from "./rig.ts";

/** An answer of the model, in tokens. */
function answer(text: string, options: { readonly skipTTS?: boolean } = {}): Frame[] {
  const tokens = (text.match(/\s*\S+/gu) ?? []).map((token) => new LLMTextFrame(token));
  return [new LLMFullResponseStartFrame(options), ...tokens, new LLMFullResponseEndFrame(options)];
}

/** Speaks whole texts, without word timestamps. */
const plain = (options: ScriptedTTSServiceOptions = {}): ScriptedTTSService =>
  new ScriptedTTSService({ wordTimestamps: false, ...options });

describe("an answer that is spoken", () => {
  it("is pushed as announced, started, audio, text, stopped, with its end behind all of it", async () => {
    const downstream = await run(plain(), answer("Hello there. How are you?"));
    expect(story(downstream)).toEqual([
      "LLMFullResponseStartFrame",
      "AggregatedTextFrame: Hello there.",
      "TTSStartedFrame",
      "audio",
      "TTSTextFrame: Hello there.",
      "AggregatedTextFrame: How are you?",
      "audio",
      "TTSTextFrame: How are you?",
      "TTSStoppedFrame",
      "LLMFullResponseEndFrame",
    ]);
    const [announced] = of(downstream, AggregatedTextFrame);
    expect(announced).toMatchObject({ willBeSpoken: true, appendToContext: false, aggregatedBy: "sentence" });
    const [said] = of(downstream, TTSTextFrame);
    expect(said).toMatchObject({ appendToContext: true, includesInterFrameSpaces: false, ptsMs: undefined });
    expect(of(downstream, TTSStartedFrame)[0]!.appendToContext).toBe(false);
  });

  it("is one utterance, and does not overtake the previous answer", async () => {
    const tts = plain({ wordDelayMs: 300 });
    const downstream = await run(tts, [...answer("One two three. Four."), ...answer("Five.")]);
    const ids = [of(downstream, TTSStartedFrame), of(downstream, TTSStoppedFrame)].map((marks) =>
      marks.map(({ contextId }) => contextId),
    );
    expect(ids[0]).toEqual(ids[1]);
    expect(new Set(ids[0]).size).toBe(2);
    const contexts = downstream.flatMap((frame) => ("contextId" in frame ? [frame.contextId] : []));
    expect(contexts).toEqual([...contexts].sort((a, b) => ids[0]!.indexOf(a as string) - ids[0]!.indexOf(b as string)));
    expect(tts.ended).toEqual(ids[0]!.map((contextId) => ({ contextId, interrupted: false })));
    expect(tts.requests.map(({ text }) => text)).toEqual(["One two three.", "Four.", "Five."]);
  });

  it("is spoken sentence by sentence while the model is still generating", async () => {
    const tts = plain();
    const { send, clock } = await rig(tts);
    send(...answer("One two. Three").slice(0, -1));
    await clock.advance(1000);
    expect(tts.requests.map(({ text }) => text)).toEqual(["One two."]);
  });

  it("can be spoken token by token; the tokens keep their spaces", async () => {
    const tts = plain({ aggregation: "token" });
    const downstream = await run(tts, answer("Hello there."));
    expect(tts.requests.map(({ text }) => text)).toEqual(["Hello", " there."]);
    const said = of(downstream, TTSTextFrame);
    expect(said.map(({ text }) => text).join("")).toBe("Hello there.");
    expect(said[0]).toMatchObject({ includesInterFrameSpaces: true, aggregatedBy: "token" });
    expect(of(downstream, TTSStartedFrame)).toHaveLength(1);
  });

  it("sends no request for text without anything to speak", async () => {
    const tts = plain();
    await run(tts, answer("Great! 🙂 ... 5 + 3 = 8."));
    expect(tts.requests.map(({ text }) => text)).toEqual(["Great!", "5 + 3 = 8."]);
  });

  it("is not spoken with skipTTS; its text passes", async () => {
    const tts = plain();
    const downstream = await run(tts, answer("Quiet.", { skipTTS: true }));
    expect(story(downstream)).toEqual(["LLMFullResponseStartFrame", "LLMTextFrame: Quiet.", "LLMFullResponseEndFrame"]);
    expect(tts.requests).toEqual([]);
  });

  it("is spoken to its last word at the end of the pipeline, even without its own end", async () => {
    const tts = plain();
    await run(tts, answer("Good bye").slice(0, -1));
    expect(tts.requests.map(({ text }) => text)).toEqual(["Good bye"]);
  });

  it("ignores transcripts of users, and speaks text that another processor has aggregated", async () => {
    const tts = plain();
    const transcript = new TranscriptionFrame({ text: "Hi.", userId: "ann" });
    const downstream = await run(tts, [transcript, new AggregatedTextFrame("One. Two", { aggregatedBy: "mine" })]);
    expect(downstream[0]).toBe(transcript);
    expect(tts.requests.map(({ text }) => text)).toEqual(["One. Two"]);
    expect(of(downstream, TTSTextFrame)[0]!.aggregatedBy).toBe("mine");
  });

  it("has audio at the task's rate", async () => {
    const downstream = await run(plain(), answer("Hi."), { audioOutSampleRate: 16_000 });
    expect(of(downstream, TTSAudioRawFrame)[0]).toMatchObject({ sampleRate: 16_000, durationMs: 250 });
  });

  it("measures the time to its first audio, its characters and the time to its first sentence", async () => {
    const tts = plain();
    const downstream = await run(tts, answer("One. Two."), { enableMetrics: true });
    const data = of(downstream, MetricsFrame).flatMap((frame) => frame.data);
    expect(data.filter(({ kind }) => kind === "ttfb")).toMatchObject([{ valueMs: 100, processor: tts.name }]);
    expect(data.filter(({ kind }) => kind === "ttsUsage")).toMatchObject([{ characters: 4 }, { characters: 4 }]);
    expect(data.filter(({ kind }) => kind === "textAggregation").length).toBeGreaterThan(0);
  });

  it("uses new settings from the next text on", async () => {
    const tts = plain();
    const { send, clock } = await rig(tts);
    send(new TTSUpdateSettingsFrame({ voice: "low" }));
    await clock.advance(0);
    expect(tts.settings).toEqual({ voice: "low" });
  });
});

describe("text outside any answer", () => {
  it("is its own utterance and turn", async () => {
    const downstream = await run(plain(), [new TextFrame("Hello. "), new TextFrame("Bye")]);
    const one = (text: string): string[] => [
      `AggregatedTextFrame: ${text}`,
      "TTSStartedFrame",
      "audio",
      `TTSTextFrame: ${text}`,
      "TTSStoppedFrame",
      "LLMAssistantPushAggregationFrame",
    ];
    expect(story(downstream)).toEqual([...one("Hello."), ...one("Bye")]);
    expect(of(downstream, TTSStartedFrame)[0]!.appendToContext).toBe(true);
  });
});

describe("a TTSSpeakFrame", () => {
  it("opens its own turn and closes it behind its last word", async () => {
    const downstream = await run(plain(), [new TTSSpeakFrame("Welcome! Come in.")]);
    expect(story(downstream)).toEqual([
      "AggregatedTextFrame: Welcome! Come in.",
      "TTSStartedFrame",
      "audio",
      "TTSTextFrame: Welcome! Come in.",
      "TTSStoppedFrame",
      "LLMAssistantPushAggregationFrame",
    ]);
    expect(of(downstream, TTSStartedFrame)[0]!.appendToContext).toBe(true);
    expect(of(downstream, TTSTextFrame)[0]!.appendToContext).toBe(true);
  });

  it("opens and closes no turn with appendToContext: false", async () => {
    const downstream = await run(plain(), [new TTSSpeakFrame("One moment.", { appendToContext: false })]);
    expect(of(downstream, TTSStartedFrame)[0]!.appendToContext).toBe(false);
    expect(of(downstream, TTSTextFrame)[0]!.appendToContext).toBe(false);
    expect(of(downstream, LLMAssistantPushAggregationFrame)).toEqual([]);
  });

  it("is said between the sentences of an answer, and leaves the end of the turn to the answer", async () => {
    const tts = plain();
    const [start, one, two, end] = answer("One. Two.");
    const downstream = await run(tts, [start!, one!, two!, new TTSSpeakFrame("Beep."), end!]);
    expect(tts.requests.map(({ text }) => text)).toEqual(["One.", "Beep.", "Two."]);
    expect(of(downstream, TTSStartedFrame)).toHaveLength(3);
    expect(of(downstream, LLMAssistantPushAggregationFrame)).toEqual([]);
    expect(downstream.at(-1)).toBeInstanceOf(LLMFullResponseEndFrame);
  });
});

/** Yields scripted chunks. */
class Chunks extends TTSService {
  readonly #chunks: readonly TTSChunk[];

  constructor(...chunks: readonly TTSChunk[]) {
    super({});
    this.#chunks = chunks;
  }

  protected override async *runTTS(): AsyncGenerator<TTSChunk> {
    yield* this.#chunks;
  }
}

const audio = (durationMs: number): TTSChunk => ({ type: "audio", pcm: new Int16Array(24 * durationMs).fill(500) });
const words = (...times: [string, number][]): TTSChunk => ({
  type: "words",
  words: times.map(([text, offsetMs]) => ({ text, offsetMs })),
});
const timesOf = (frames: readonly Frame[]): unknown[] =>
  of(frames, TTSTextFrame).map(({ text, ptsMs }) => [text, ptsMs]);

describe("word timestamps", () => {
  it("count on the pipeline's clock from the first audio of the utterance, across its sentences", async () => {
    const tts = new ScriptedTTSService({ latencyMs: 400 });
    const downstream = await run(tts, [{ waitMs: 1000 }, ...answer("Hello there. How are you?")]);
    expect(timesOf(downstream)).toEqual([
      ["Hello", 1400],
      [" there.", 1650],
      // Arrived at 1800, while there was still audio to play.
      [" How", 1900],
      [" are", 2150],
      [" you?", 2400],
    ]);
    expect(of(downstream, TTSTextFrame)[1]).toMatchObject({ includesInterFrameSpaces: true, aggregatedBy: "word" });
  });

  it("count from the arrival of the audio after an underrun", async () => {
    const tts = new ScriptedTTSService({ latencyMs: 400 });
    const { send, clock, down } = await rig(tts);
    const [start, one, two, end] = answer("One. Two.");
    send(start!, one!, two!);
    await clock.advance(2000);
    send(end!);
    await clock.advance(1000);
    expect(timesOf(down)).toEqual([
      ["One.", 400],
      [" Two.", 2400],
    ]);
  });

  it("move with the gaps that a slow provider leaves in its audio", async () => {
    const tts = new ScriptedTTSService({ latencyMs: 0, wordDelayMs: 400 });
    expect(timesOf(await run(tts, answer("One two three.")))).toEqual([
      ["One", 0],
      [" two", 400],
      [" three.", 800],
    ]);
  });

  it("wait for audio that arrives after them", async () => {
    const tts = new Chunks(words(["Hi", 0], ["you.", 300]), audio(600));
    const downstream = await run(tts, answer("Hi you."));
    expect(story(downstream).slice(2, -2)).toEqual([
      "TTSStartedFrame",
      "audio",
      "TTSTextFrame: Hi",
      "TTSTextFrame:  you.",
    ]);
  });

  it("never run backwards", async () => {
    const tts = new Chunks(audio(600), words(["a", 500], ["b", 100]));
    expect(timesOf(await run(tts, answer("a b")))).toEqual([
      ["a", 500],
      [" b", 500],
    ]);
  });

  it("are completed with the rest of the text at the end of the audio", async () => {
    const tts = new Chunks(audio(600), words(["One", 0]));
    expect(timesOf(await run(tts, answer("One two three.")))).toEqual([
      ["One", 0],
      [" two three.", 600],
    ]);
  });

  it("are ignored for a text without audio", async () => {
    const downstream = await run(new Chunks(words(["One", 0])), answer("One."));
    expect(story(downstream)).toEqual([
      "LLMFullResponseStartFrame",
      "AggregatedTextFrame: One.",
      "LLMFullResponseEndFrame",
    ]);
  });
});

describe("an interruption", () => {
  it("before the first audio drops the utterance and leaves nothing open", async () => {
    const tts = plain({ latencyMs: 500 });
    const { send, clock, takeDown, down, up } = await rig(tts);
    send(...answer("Hello there."));
    await clock.advance(100);
    send(new InterruptionFrame());
    await clock.advance(1000);
    expect(takeDown()).toEqual(["LLMFullResponseStartFrame", "Hello there.", "InterruptionFrame"]);
    expect(tts.ended).toMatchObject([{ interrupted: true }]);
    send(...answer("New."));
    await clock.advance(1000);
    expect(story(down).at(-1)).toBe("LLMFullResponseEndFrame");
    expect(of(up, ErrorFrame)).toEqual([]);
  });

  it("drops the collected part of the next sentence", async () => {
    const tts = plain();
    const { send, clock } = await rig(tts);
    send(new LLMFullResponseStartFrame(), new LLMTextFrame("Half a sen"));
    await clock.advance(0);
    send(new InterruptionFrame());
    await clock.advance(0);
    send(...answer("New."));
    await clock.advance(1000);
    expect(tts.requests.map(({ text }) => text)).toEqual(["New."]);
  });

  it("does not let a cut answer disturb the one right behind it", async () => {
    const tts = plain({ latencyMs: 500 });
    const { send, clock, down } = await rig(tts);
    send(...answer("Loud."));
    await clock.advance(100);
    send(new InterruptionFrame(), ...answer("Quiet.", { skipTTS: true }));
    await clock.advance(1000);
    expect(tts.requests.map(({ text }) => text)).toEqual(["Loud."]);
    expect(story(down).slice(-2)).toEqual(["LLMTextFrame: Quiet.", "LLMFullResponseEndFrame"]);
  });

  it("drops what waits behind the speech, and keeps uninterruptible frames in order", async () => {
    const result = (toolCallId: string): FunctionCallResultFrame =>
      new FunctionCallResultFrame({ functionName: "look", toolCallId, arguments: {} }, toolCallId);
    const [one, two] = [result("1"), result("2")];
    const { send, clock, down } = await rig(plain());
    send(new TTSSpeakFrame("Hello."), new OutputTransportMessageFrame("lost"), one, new TTSSpeakFrame("Lost."), two);
    await clock.advance(50);
    send(new InterruptionFrame());
    await clock.advance(1000);
    expect(story(down)).toEqual([
      "AggregatedTextFrame: Hello.",
      "InterruptionFrame",
      "FunctionCallResultFrame",
      "FunctionCallResultFrame",
    ]);
    expect(down.slice(2)).toEqual([one, two]);
  });

  it("stops the last words spoken for an EndFrame, although the frame survives", async () => {
    const tts = plain({ wordDelayMs: 100 });
    const { send, clock, down } = await rig(tts);
    send(...answer("One two three four five").slice(0, -1), new EndFrame());
    await clock.advance(250);
    send(new InterruptionFrame());
    await clock.advance(2000);
    expect(of(down, TTSAudioRawFrame)).toHaveLength(2);
    expect(story(down).slice(-3)).toEqual(["audio", "InterruptionFrame", "EndFrame"]);
  });

  it("drops the audio of a provider that ignores its signal", async () => {
    let yieldLate = (_chunk: TTSChunk): void => undefined;
    class Deaf extends TTSService {
      protected override async *runTTS(): AsyncGenerator<TTSChunk> {
        yield audio(100);
        yield await new Promise<TTSChunk>((resolve) => (yieldLate = resolve));
      }
    }
    const { send, clock, down } = await rig(new Deaf({}));
    send(...answer("Hello."));
    await clock.advance(10);
    send(new InterruptionFrame());
    await clock.advance(10);
    yieldLate(audio(100));
    send(...answer("Next."));
    await clock.advance(10);
    expect(story(down).slice(4)).toEqual([
      "InterruptionFrame",
      "LLMFullResponseStartFrame",
      "AggregatedTextFrame: Next.",
      "TTSStartedFrame",
      "audio",
    ]);
    expect(of(down, TTSAudioRawFrame)).toHaveLength(2);
  });
});

describe("a service that fails", () => {
  it("ends the utterance when a text has no audio for 3 s, and speaks the next text", async () => {
    const tts = plain({ requests: ["speaks", "hangs"] });
    const { send, clock, down, up } = await rig(tts);
    send(...answer("One. Two. Three."));
    await clock.advance(5000);
    expect(story(down).filter((line) => !line.startsWith("Agg"))).toEqual([
      "LLMFullResponseStartFrame",
      "TTSStartedFrame",
      "audio",
      "TTSTextFrame: One.",
      "TTSStoppedFrame",
      "TTSStartedFrame",
      "audio",
      "TTSTextFrame: Three.",
      "TTSStoppedFrame",
      "LLMFullResponseEndFrame",
    ]);
    expect(of(up, ErrorFrame).map(({ error }) => error.message)).toEqual([expect.stringContaining("3000 ms")]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("becomes unusable after three silent utterances in a row", async () => {
    const tts = plain({ requests: ["silent", "silent", "silent"] });
    const { send, clock, up, down } = await rig(tts);
    send(...answer("One."), ...answer("Two."));
    await clock.advance(1000);
    expect(tts.usable).toBe(true);
    send(...answer("Three."), ...answer("Four."));
    await clock.advance(1000);
    expect(tts.usable).toBe(false);
    expect(tts.requests).toHaveLength(3);
    expect(of(up, ErrorFrame).map(({ error, permanent }) => [error.name, permanent])).toEqual([
      ["SilentServiceError", false],
      ["SilentServiceError", false],
      ["SilentServiceError", true],
      ["ServiceUnusableError", false],
    ]);
    expect(of(down, LLMFullResponseEndFrame)).toHaveLength(4);
  });

  it("stays usable however many requests fail, and speaks again when the provider is back", async () => {
    const outage = Array.from({ length: 5 }, () => Object.assign(new Error("unavailable"), { status: 404 }));
    const tts = plain({ requests: outage });
    const { send, clock, up, down } = await rig(tts);
    for (let i = 0; i < 6; i++) send(...answer("Hm."));
    await clock.advance(3000);
    expect(of(up, ErrorFrame)).toHaveLength(5);
    expect([tts.usable, of(down, TTSAudioRawFrame).length]).toEqual([true, 1]);
  });

  it("restarts the count with audio, and with new settings", async () => {
    const tts = plain({ requests: ["silent", "silent", "speaks", "silent", "silent", "silent", "silent", "silent"] });
    const { send, clock } = await rig(tts);
    for (let i = 0; i < 5; i++) send(...answer("Hm."));
    await clock.advance(3000);
    expect(tts.usable).toBe(true);
    send(...answer("Hm."));
    await clock.advance(3000);
    expect(tts.usable).toBe(false);
    send(new TTSUpdateSettingsFrame({ voice: "other" }));
    send(...answer("Hm."), ...answer("Hm."));
    await clock.advance(3000);
    expect(tts.usable).toBe(true);
  });

  it("does not count utterances that were interrupted", async () => {
    const tts = plain({ latencyMs: 500 });
    const { send, clock } = await rig(tts);
    for (let i = 0; i < 5; i++) {
      send(...answer("Hm."));
      await clock.advance(100);
      send(new InterruptionFrame());
      await clock.advance(100);
    }
    expect(tts.requests).toHaveLength(5);
    expect(tts.usable).toBe(true);
  });
});

describe("text filters", () => {
  it("change what is spoken; the context keeps what was written", async () => {
    const tts = plain({ textFilters: [new MarkdownTextFilter()] });
    const downstream = await run(tts, answer("This is **bold**."));
    expect(tts.requests[0]!.text).toBe("This is bold.");
    expect(of(downstream, TTSTextFrame)[0]).toMatchObject({ text: "This is bold.", rawText: "This is **bold**." });
  });

  it("may leave nothing: no utterance is opened and nothing is delayed", async () => {
    const tts = plain({ textFilters: [{ filter: () => "" }], pauseWhileSpeaking: true });
    const frames = [...answer("Gone. Gone."), new TTSSpeakFrame("Gone.")];
    const downstream = await run(tts, frames, { timeoutMs: 10 });
    expect(story(downstream)).toEqual(["LLMFullResponseStartFrame", "LLMFullResponseEndFrame"]);
    expect([tts.requests, tts.ended]).toEqual([[], []]);
  });
});
