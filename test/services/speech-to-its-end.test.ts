import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  BotResumeSpeakingFrame,
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  type Frame,
  LLMContext,
  LLMContextFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  LLMTextFrame,
  TTSAudioRawFrame,
  TTSSpeakFrame,
  UserStartedSpeakingFrame,
} from "../../src/frames/index.ts";
import { Pipeline, PipelineTask } from "../../src/pipeline/index.ts";
import { createContextAggregators } from "../../src/processors/index.ts";
import { ScriptedDailyCall, ScriptedTTSService, VirtualClock } from "../../src/testing/index.ts";
import { TavusTransport } from "../../src/transport/tavus/index.ts";
import { Collector, pcm, TestLogger } from "../transport/frames.ts";
import { FakeApi, PAL, USER } from "../transport/tavus/tavus-harness.ts";

const WORD_MS = 240;
const NOTICE = "This call is being recorded.";

interface Script {
  readonly audioDelivery: "track" | "messages";
  readonly wordTimestamps: boolean;
  readonly latencyMs?: number;
  readonly wordDelayMs?: number;
}

/** A voice, the transport and the context; every word has its own loudness. */
class Voice {
  readonly clock = new VirtualClock();
  readonly call = new ScriptedDailyCall({ clock: this.clock });
  readonly context = new LLMContext();
  readonly out = new Collector(this.clock, "downstream");
  readonly errors: Error[] = [];
  readonly task: PipelineTask;
  readonly #words: string[] = [];

  constructor({ audioDelivery, ...speech }: Script) {
    const { clock, call } = this;
    const transport = new TavusTransport(
      { faceId: "f1", botName: "Ada", params: { audioDelivery } },
      { api: new FakeApi(clock), createCall: () => Promise.resolve(call), env: {} },
    );
    const sound = (word: string, sampleRate: number): Int16Array => {
      this.#words.push(word);
      return pcm(WORD_MS, sampleRate, 1000 + this.#words.length);
    };
    const { user, assistant } = createContextAggregators(this.context);
    const tts = new ScriptedTTSService({ sound, ...speech });
    const chain = [user, tts, transport.output(), assistant, this.out];
    const params = { endTimeoutMs: 120_000 };
    this.task = new PipelineTask(new Pipeline(chain), { clock, logger: new TestLogger(), params });
    this.task.on("error", ({ error }) => this.errors.push(error));
  }

  async start(): Promise<this> {
    this.task.run().catch(() => undefined);
    await this.clock.advance(0);
    this.call.addParticipant({ ...PAL, sessionId: "pal" });
    this.call.addParticipant({ ...USER, sessionId: "grace" });
    await this.clock.advance(100);
    return this;
  }

  async end(): Promise<void> {
    this.task.end();
    await this.clock.advanceUntil(this.task.run());
  }

  /**
   * The words that the user has heard, on a track. For a word that was cut within its first chunk this is undefined: it
   * counts if it is in `said`.
   */
  heard(said = ""): string {
    const samples = new Map<number, number>();
    for (const level of this.call.sinks.get("stream")!.heard())
      if (level > 1000) samples.set(level, (samples.get(level) ?? 0) + 1);
    const isKnown = (level: number, count: number): boolean =>
      count > 40 * 24 || said.includes(this.#words[level - 1001]!);
    return [...samples].flatMap(([level, count]) => (isKnown(level, count) ? this.#words[level - 1001] : [])).join(" ");
  }

  palSpeaks(): void {
    const event = { event_type: "conversation.started_speaking", properties: { role: "pal" } };
    this.call.receive({ message_type: "conversation", conversation_id: "c1", ...event }, "pal");
  }

  said(): string[] {
    return this.context.messages.map(({ content, interrupted }) => `${content as string}${interrupted ? " |" : ""}`);
  }

  interruptsSentMs(): number[] {
    const sent = this.call.sent.filter(({ data }) => JSON.stringify(data).includes("conversation.interrupt"));
    return sent.map(({ atMs }) => atMs);
  }

  /** When speech that must be said to its end was heard. */
  protectedMs(): (readonly [from: number, to: number])[] {
    return this.out.seen.flatMap(({ frame, atMs }) =>
      frame instanceof TTSAudioRawFrame && frame.uninterruptible ? [[atMs - frame.durationMs, atMs] as const] : [],
    );
  }
}

const answer = (text: string): Frame[] => [
  new LLMFullResponseStartFrame(),
  new LLMTextFrame(text),
  new LLMFullResponseEndFrame(),
];
const notice = (options = {}): Frame => new TTSSpeakFrame(NOTICE, { interruptible: false, ...options });

describe.each(["track", "messages"] as const)("speech that must be said to its end, as %s", (audioDelivery) => {
  it.each([true, false])(
    "survives an interruption, and the context contains it (word timestamps: %s)",
    async (timed) => {
      const voice = await new Voice({ audioDelivery, wordTimestamps: timed }).start();
      voice.task.queueFrames([notice(), ...answer("Never said.")]);
      await voice.clock.advance(600);
      // The cough and the words after it.
      voice.task.interrupt();
      await voice.clock.advance(300);
      voice.task.interrupt();
      voice.task.queueFrames(answer("Now you."));
      await voice.clock.advance(8000);
      expect(voice.said()).toEqual([NOTICE, "Now you."]);
      expect(voice.interruptsSentMs()).toEqual([]);
      if (audioDelivery === "track") expect(voice.heard()).toBe(`${NOTICE} Now you.`);
      expect(voice.out.of(BotStartedSpeakingFrame)).toHaveLength(2);
      expect(voice.out.of(BotStoppedSpeakingFrame)).toHaveLength(2);
      await voice.end();
      expect([voice.errors, voice.clock.pendingTimers]).toEqual([[], 0]);
    },
  );

  it("is said after an answer that an interruption has cut", async () => {
    const voice = await new Voice({ audioDelivery, wordTimestamps: true }).start();
    voice.task.queueFrames([...answer("One two three four five six seven eight."), notice()]);
    await voice.clock.advance(300);
    voice.palSpeaks();
    await voice.clock.advance(700);
    voice.task.interrupt();
    await voice.clock.advance(6000);
    const [cut, ...rest] = voice.said();
    expect(cut).toMatch(/^One two.* \|$/);
    expect(rest).toEqual([NOTICE]);
    expect(voice.interruptsSentMs()).toHaveLength(1);
    await voice.end();
  });

  it("is its own message when the answer around it is cut", async () => {
    const voice = await new Voice({ audioDelivery, wordTimestamps: true }).start();
    const [start, , end] = answer("");
    const say = (text: string): Frame => new LLMTextFrame(text);
    voice.task.queueFrames([start!, say("One two three four. "), say("Five"), notice(), say(" never said."), end!]);
    await voice.clock.advance(300);
    voice.palSpeaks();
    await voice.clock.advance(1500);
    voice.task.interrupt();
    await voice.clock.advance(3000);
    expect(voice.said()).toEqual(["One two three four. |", NOTICE]);
    voice.task.queueFrames(answer("Next."));
    await voice.clock.advance(5000);
    expect(voice.said().slice(1)).toEqual([NOTICE, "Next."]);
    await voice.end();
  });

  it("is one message though an interruption has overtaken its start", async () => {
    const voice = await new Voice({ audioDelivery, wordTimestamps: true, latencyMs: 0.1, wordDelayMs: 0 }).start();
    voice.task.queueFrames([...answer("Never said."), notice()]);
    await voice.clock.advance(0.3);
    voice.task.interrupt();
    while (voice.out.of(BotStartedSpeakingFrame).length === 0) await voice.clock.advance(1);
    voice.task.interrupt();
    await voice.clock.advance(8000);
    expect(voice.said()).toEqual([NOTICE]);
    await voice.end();
  });

  it("is not said again when what was cut is resumed", async () => {
    const voice = await new Voice({ audioDelivery, wordTimestamps: true }).start();
    voice.task.queueFrames([notice(), ...answer("Never heard.")]);
    await voice.clock.advance(500);
    voice.task.interrupt();
    await voice.clock.advance(100);
    voice.task.queueFrame(new BotResumeSpeakingFrame());
    await voice.clock.advance(8000);
    expect(voice.said()).toEqual([NOTICE, "Never heard."]);
    await voice.end();
  });

  it("does not mute the user, and an end waits for it", async () => {
    const voice = await new Voice({ audioDelivery, wordTimestamps: true }).start();
    voice.task.queueFrame(notice());
    await voice.clock.advance(500);
    voice.task.queueFrames([new UserStartedSpeakingFrame()]);
    voice.task.interrupt();
    await voice.clock.advance(10);
    expect(voice.out.of(UserStartedSpeakingFrame)).toHaveLength(1);
    await voice.end();
    expect(voice.said()).toEqual([NOTICE]);
  });

  it("leaves no turn open if it does not belong in the context", async () => {
    const voice = await new Voice({ audioDelivery, wordTimestamps: true }).start();
    voice.task.queueFrame(notice({ appendToContext: false }));
    await voice.clock.advance(500);
    voice.task.interrupt();
    voice.task.queueFrames(answer("Hello."));
    await voice.clock.advance(5000);
    expect(voice.said()).toEqual(["Hello."]);
    expect(voice.out.of(LLMContextFrame)).toHaveLength(1);
    await voice.end();
  });
});

it("for any interruption at any time, uncut speech is heard once and in one piece, and the context is what was heard", async () => {
  const step = fc.oneof(
    fc.record({ say: fc.constantFrom("answer", "answer", "notice") }),
    fc.constant({ interrupt: true }),
    fc.record({ waitMs: fc.integer({ min: 0, max: 1500 }) }),
    fc.record({ waitMs: fc.integer({ min: 0, max: 1500 }) }),
  );
  const scenario = fc.record({
    steps: fc.array(step, { minLength: 3, maxLength: 14 }),
    latencyMs: fc.constantFrom(0.1, 150.1, 600.1),
    wordDelayMs: fc.constantFrom(0, 100.1, 400.1),
    audioDelivery: fc.constantFrom("track", "messages"),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ steps, ...script }) => {
      const voice = await new Voice({ ...script, wordTimestamps: true }).start();
      const notices: string[] = [];
      let count = 0;
      for (const one of steps) {
        if ("waitMs" in one) {
          await voice.clock.advance(one.waitMs + 0.3);
        } else if ("interrupt" in one) {
          voice.task.interrupt();
        } else {
          count++;
          const text = Array.from({ length: 4 }, (_, at) => `${one.say}${count}-${at}`).join(" ");
          if (one.say === "notice") notices.push(text);
          const isNotice = one.say === "notice";
          voice.task.queueFrames(isNotice ? [new TTSSpeakFrame(text, { interruptible: false })] : answer(text));
        }
      }
      await voice.clock.advance(60_000);
      const said = voice.said();
      expect(said.filter((text) => text.startsWith("notice"))).toEqual(notices);
      const during = voice
        .interruptsSentMs()
        .filter((at) => voice.protectedMs().some(([from, to]) => from < at && at < to));
      expect(during).toEqual([]);
      if (script.audioDelivery === "track") {
        const text = said.map((message) => message.replace(/ \|$/, "")).join(" ");
        const heard = voice.heard(text);
        expect(text).toBe(heard);
        for (const whole of notices) expect(heard.split(whole)).toHaveLength(2);
      }
      await voice.end();
      expect([voice.errors, voice.clock.pendingTimers]).toEqual([[], 0]);
    }),
    { numRuns: 40 },
  );
}, 120_000);
