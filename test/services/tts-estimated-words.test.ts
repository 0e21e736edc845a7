import { describe, expect, it } from "vitest";

import {
  type Frame,
  InterruptionFrame,
  LLMContextAssistantTurnFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  LLMTextFrame,
  LLMContext,
  TTSSpeakFrame,
  TTSTextFrame,
  TTSUpdateSettingsFrame,
} from "../../src/frames/index.ts";
import { AssistantContextAggregator, TextProgressProcessor } from "../../src/processors/index.ts";
import { MarkdownTextFilter, TTSService, type TTSChunk, type TTSServiceOptions } from "../../src/services/index.ts";
import { sleep } from "../../src/util/deadline.ts";
import { of, rig, run, story } from "./rig.ts";

/** A piece of sound, a pause of the provider, words, or a failure. */
type Step = number | { readonly waitMs: number } | TTSChunk | Error;

/** A voice that does not report its words, unless its script does. */
class Voice extends TTSService {
  readonly #script: readonly Step[];

  constructor(script: readonly Step[], options: TTSServiceOptions = {}) {
    super({ voice: "one" }, { wordTimes: "estimated", ...options });
    this.#script = script;
  }

  protected override async *runTTS(_text: string, _id: string, signal: AbortSignal): AsyncGenerator<TTSChunk> {
    for (const step of this.#script) {
      if (typeof step === "number")
        yield { type: "audio", pcm: new Int16Array((this.sampleRate * step) / 1000).fill(3000) };
      else if (step instanceof Error) throw step;
      else if ("waitMs" in step) await sleep(this.clock, step.waitMs, signal);
      else yield step;
    }
  }
}

const answer = (text: string): Frame[] => [
  new LLMFullResponseStartFrame(),
  new LLMTextFrame(text),
  new LLMFullResponseEndFrame(),
];
const timed = (frames: readonly Frame[]): [string, number][] =>
  of(frames, TTSTextFrame).map(({ text, audioOffsetMs }) => [text, Math.round(audioOffsetMs ?? -1)]);

describe("the words of a voice that does not report their times", () => {
  it("follow the audio one by one, marked as estimated", async () => {
    const downstream = await run(new Voice([1000]), answer("Hello you."));
    expect(story(downstream).slice(2, -2)).toEqual([
      "TTSStartedFrame",
      "audio",
      "TTSTextFrame: Hello",
      "TTSTextFrame:  you.",
    ]);
    expect(timed(downstream)).toEqual([
      ["Hello", 0],
      [" you.", 600],
    ]);
    const [word] = of(downstream, TTSTextFrame);
    expect(word).toMatchObject({ estimated: true, includesInterFrameSpaces: true, aggregatedBy: "word" });
  });

  it("are placed after the audio of earlier sentences", async () => {
    const downstream = await run(new Voice([1000]), answer("Hello you. Hello me."));
    expect(timed(downstream)).toEqual([
      ["Hello", 0],
      [" you.", 600],
      [" Hello", 1000],
      [" me.", 1667],
    ]);
  });

  it("leave before they can be heard, while the audio is still streaming", async () => {
    const tts = new Voice([1000, { waitMs: 2000 }, 1000]);
    const { send, clock, down } = await rig(tts);
    send(...answer("Hello there, wonderful world."));
    await clock.advance(100);
    // The second is due later: its place may still improve.
    expect(timed(down)).toEqual([["Hello", 0]]);
    await clock.advance(400);
    expect(timed(down).map(([text]) => text)).toEqual(["Hello", " there,"]);
    await clock.advance(3000);
    expect(
      timed(down)
        .map(([text]) => text)
        .join(""),
    ).toBe("Hello there, wonderful world.");
  });

  it("are placed by the real duration where the audio arrives before they are heard", async () => {
    // At the assumed pace, the sentence would take about 1100 ms.
    const tts = new Voice([400, { waitMs: 50 }, 4600]);
    const downstream = await run(tts, answer("Hello you and you"));
    expect(timed(downstream)).toEqual([
      ["Hello", 0],
      [" you", 1667],
      [" and", 2778],
      [" you", 3889],
    ]);
  });

  it("stop at an interruption", async () => {
    const tts = new Voice([1000, { waitMs: 2000 }, 1000]);
    const { send, clock, down } = await rig(tts);
    send(...answer("Hello there, wonderful world."));
    await clock.advance(100);
    send(new InterruptionFrame());
    await clock.advance(3000);
    expect(timed(down)).toEqual([["Hello", 0]]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("are said as far as their audio when the provider fails midway", async () => {
    const tts = new Voice([300, new Error("broken")], { textFilters: [] });
    const downstream = await run(tts, answer("Hello, wonderful world."));
    expect(timed(downstream)).toEqual([["Hello,", 0]]);
  });

  it("are those that the provider reports, if it does", async () => {
    const reported: TTSChunk = { type: "words", words: [{ text: "you", offsetMs: 900 }] };
    const downstream = await run(new Voice([1000, reported]), answer("Hello you."));
    expect(of(downstream, TTSTextFrame).map(({ text, estimated }) => [text, estimated])).toEqual([
      ["Hello", true],
      [" you.", false],
    ]);
  });

  it("are in the context as the model wrote them, and in the captions as they are spoken", async () => {
    const context = new LLMContext();
    const tts = new Voice([1000], { textFilters: [new MarkdownTextFilter()] });
    const downstream = await run(
      [tts, new TextProgressProcessor(), new AssistantContextAggregator(context)],
      answer("Say **hello** to *you*."),
    );
    expect(context.messages).toEqual([{ role: "assistant", content: "Say **hello** to *you*." }]);
    const progress = downstream.flatMap((frame) => ("accumulatedText" in frame ? [frame.accumulatedText] : []));
    expect(progress).toEqual(["Say", "Say hello", "Say hello to", "Say hello to you."]);
  });

  it("are placed in text without spaces as well", async () => {
    const downstream = await run(new Voice([1000]), answer("你好，世界。"));
    expect(timed(downstream)).toEqual([
      ["你好，", 0],
      ["世界。", 588],
    ]);
  });

  it("of a text that no interruption cuts are all said", async () => {
    const tts = new Voice([1000, { waitMs: 500 }, 500]);
    const { send, clock, down } = await rig(tts);
    send(new TTSSpeakFrame("This is recorded.", { interruptible: false }));
    await clock.advance(100);
    send(new InterruptionFrame(), new TTSUpdateSettingsFrame({ voice: "two" }));
    await clock.advance(3000);
    expect(
      timed(down)
        .map(([text]) => text)
        .join(""),
    ).toBe("This is recorded.");
  });
});

describe("an interrupted turn", () => {
  const cut = async (tts: TTSService): Promise<[LLMContext, readonly Frame[], unknown[]]> => {
    const context = new LLMContext();
    const aggregator = new AssistantContextAggregator(context);
    const turns: unknown[] = [];
    aggregator.on("assistantTurnStopped", (turn) => void turns.push(turn));
    const downstream = await run([tts, aggregator], [...answer("Hello you."), { waitMs: 10 }, new InterruptionFrame()]);
    return [context, downstream, turns];
  };

  it("is marked as estimated, in the context, the frame and the event, if the times of its words are", async () => {
    const [context, downstream, turns] = await cut(new Voice([1000, { waitMs: 5000 }]));
    expect(context.messages).toEqual([{ role: "assistant", content: "Hello", interrupted: true, estimated: true }]);
    expect(turns).toEqual([{ text: "Hello", interrupted: true, estimated: true }]);
    expect(of(downstream, LLMContextAssistantTurnFrame)).toMatchObject([{ interrupted: true, estimated: true }]);
  });

  it("is not marked if they were reported", async () => {
    const reported: TTSChunk = { type: "words", words: [{ text: "Hello", offsetMs: 0 }] };
    const [context, downstream, turns] = await cut(new Voice([reported, 1000, { waitMs: 5000 }]));
    expect(context.messages).toEqual([{ role: "assistant", content: "Hello", interrupted: true }]);
    expect(turns).toEqual([{ text: "Hello", interrupted: true }]);
    expect(of(downstream, LLMContextAssistantTurnFrame)).toMatchObject([{ estimated: false }]);
  });
});
