import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { BotStoppedSpeakingFrame, LLMContext, LLMRunFrame } from "../../src/frames/index.ts";
import { Pipeline, PipelineTask } from "../../src/pipeline/index.ts";
import { createContextAggregators, LevelVADProcessor } from "../../src/processors/index.ts";
import {
  ScriptedDailyCall,
  ScriptedLLMService,
  type ScriptedLLMServiceOptions,
  ScriptedSTTService,
  ScriptedTTSService,
  type ScriptedTTSServiceOptions,
  VirtualClock,
} from "../../src/testing/index.ts";
import { TavusTransport } from "../../src/transport/tavus/index.ts";
import { Collector, pcm, TestLogger } from "../transport/frames.ts";
import { FakeApi, PAL, USER } from "../transport/tavus/tavus-harness.ts";

const RATE = 16_000;
/** Whole chunks of the output. */
const WORD_MS = 240;

interface Script extends Pick<ScriptedTTSServiceOptions, "wordTimestamps" | "wordTimes" | "latencyMs" | "wordDelayMs"> {
  readonly transcripts: readonly string[];
  readonly answers: ScriptedLLMServiceOptions["answers"];
  readonly sinkLatencyMs?: number;
  readonly audioDelivery?: "track" | "messages";
}

/** The whole chain, with scripted services, in a scripted room; every word has its own loudness. */
class Bot {
  readonly clock = new VirtualClock();
  readonly logger = new TestLogger();
  readonly api = new FakeApi(this.clock);
  readonly call: ScriptedDailyCall;
  readonly context = new LLMContext([{ role: "system", content: "You sell fruit." }]);
  readonly llm: ScriptedLLMService;
  readonly out = new Collector(this.clock, "downstream");
  readonly task: PipelineTask;
  readonly errors: Error[] = [];
  readonly #words: string[] = [];

  constructor({ transcripts, answers, sinkLatencyMs = 0, audioDelivery = "track", ...speech }: Script) {
    const { clock, context, logger } = this;
    const call = (this.call = new ScriptedDailyCall({ clock, sinkLatencyMs }));
    const options = { faceId: "f1", botName: "Ada", params: { audioDelivery } };
    const createCall = (): Promise<ScriptedDailyCall> => Promise.resolve(call);
    const transport = new TavusTransport(options, { api: this.api, createCall, env: {} });
    const { user, assistant } = createContextAggregators(context);
    // Off the user's grid of 20 ms: it would be undefined whether a word that begins at the moment of a barge-in was
    // heard.
    this.llm = new ScriptedLLMService({ answers, latencyMs: 100.3 });
    const stt = new ScriptedSTTService({ transcripts });
    const sound = (word: string, sampleRate: number): Int16Array => {
      this.#words.push(word);
      return pcm(WORD_MS, sampleRate, 1000 + this.#words.length);
    };
    const tts = new ScriptedTTSService({ sound, ...speech });
    const vad = new LevelVADProcessor();
    const chain = [transport.input(), vad, stt, user, this.llm, tts, transport.output(), assistant, this.out];
    this.task = new PipelineTask(new Pipeline(chain), { clock, logger, params: { endTimeoutMs: 60_000 } });
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

  /** The user makes a sound for the first duration, then is silent for the second. */
  async hears(soundMs: number, silenceMs: number): Promise<void> {
    const sound = pcm(soundMs, RATE, 8000);
    const speech = new Int16Array(sound.length + (silenceMs * RATE) / 1000);
    speech.set(sound);
    await this.clock.advanceUntil(this.call.speak("grace", speech));
  }

  /** The words whose beginning at least the user has heard. */
  heard(): string {
    const words: string[] = [];
    let last = 0;
    for (const level of this.call.sinks.get("stream")!.heard()) {
      if (level !== last && level > 1000) words.push(this.#words[level - 1001]!);
      last = level;
    }
    return words.join(" ");
  }

  async end(): Promise<void> {
    this.task.end();
    await this.clock.advanceUntil(this.task.run());
  }

  /** The messages of the context, as role, content and whether it was interrupted. */
  said(): (readonly [role: string, content: unknown, interrupted?: "interrupted"])[] {
    return this.context.messages.slice(1).map(({ role, content, interrupted }) => {
      return interrupted === true ? [role, content, "interrupted"] : [role, content];
    });
  }
}

describe("a whole bot", () => {
  it.each([true, false])(
    "holds a dialogue with a barge-in, and remembers what was heard (word timestamps: %s)",
    async (wordTimestamps) => {
      const bot = await new Bot({
        transcripts: ["Hello.", "Stop.", "Pears."],
        answers: [
          "Welcome to the shop. We have apples, plums and pears. What would you like?",
          "All right.",
          "Good choice!",
        ],
        wordTimestamps,
      }).start();

      await bot.hears(800, 1500);
      // Fourteen words take 3.4 s; some of them are heard when the user barges in.
      await bot.clock.advance(800);
      await bot.hears(600, 60);
      const heard = bot.heard();
      expect(heard.split(" ").length).toBeGreaterThan(4);
      expect(heard.split(" ").length).toBeLessThan(13);
      const first = bot.said()[1]!;
      expect([first[0], first[2]]).toEqual(["assistant", "interrupted"]);
      // Without word timestamps a sentence counts once it has been heard to its end.
      expect(first[1]).toBe(wordTimestamps ? heard : "Welcome to the shop.");
      expect(bot.out.of(BotStoppedSpeakingFrame)).toHaveLength(1);

      await bot.hears(0, 3000);
      await bot.hears(500, 3000);
      expect(bot.said()).toEqual([
        ["user", "Hello."],
        first,
        ["user", "Stop."],
        ["assistant", "All right."],
        ["user", "Pears."],
        ["assistant", "Good choice!"],
      ]);
      expect(bot.heard()).toBe(`${heard} All right. Good choice!`);
      // The model receives it the same way.
      expect(bot.llm.requests[1]!.at(-2)).toMatchObject({ content: first[1], interrupted: true });

      await bot.end();
      expect(bot.errors).toEqual([]);
      expect(bot.logger.warnings()).toEqual([]);
      expect(bot.api.ends).toEqual(["c1"]);
      expect(bot.clock.pendingTimers).toBe(0);
    },
  );

  it("remembers about what was heard if the voice does not report its words, and marks the cut as an estimate", async () => {
    const answer = "Welcome to the shop, dear friend, where pears and plums are ripe.";
    for (const bargesInAfterMs of [0, 500, 1000, 1500]) {
      const bot = await new Bot({
        transcripts: ["Hello.", "Stop."],
        answers: [answer, "All right."],
        wordTimestamps: false,
        wordTimes: "estimated",
        wordDelayMs: 100,
      }).start();
      await bot.hears(800, 1500);
      await bot.clock.advance(bargesInAfterMs);
      await bot.hears(600, 3000);
      const [, cut, ...rest] = bot.context.messages.slice(1);
      expect(cut).toMatchObject({ role: "assistant", interrupted: true, estimated: true });
      const remembered = cut?.content as string;
      expect(`${answer} `.startsWith(`${remembered} `)).toBe(true);
      const heard = bot.heard().replace(" All right.", "");
      const [rememberedWords, heardWords] = [remembered, heard].map((text) => text.split(" ").length);
      expect(Math.abs(rememberedWords! - heardWords!)).toBeLessThanOrEqual(2);
      expect(rest).toMatchObject([{ content: "Stop." }, { content: "All right." }]);
      await bot.end();
      expect(bot.errors).toEqual([]);
      expect(bot.clock.pendingTimers).toBe(0);
    }
  });

  it("remembers what was heard even if the audio is sent ahead of real time", async () => {
    const answer = "Welcome to the shop. We have apples, plums and pears. What would you like?";
    const bot = await new Bot({
      transcripts: ["Hello.", "Stop."],
      answers: [answer, "All right."],
      audioDelivery: "messages",
    }).start();
    await bot.hears(800, 1500);
    const speaks = { event_type: "conversation.started_speaking", properties: { role: "pal" } };
    bot.call.receive({ message_type: "conversation", conversation_id: "c1", ...speaks }, "pal");
    await bot.clock.advance(1000);
    const sent = bot.call.sent.length;
    await bot.hears(600, 5000);
    const [, first, ...rest] = bot.said();
    expect(first?.[2]).toBe("interrupted");
    const words = (first?.[1] as string).split(" ").length;
    expect(answer.startsWith(first?.[1] as string)).toBe(true);
    expect([words > 3, words < 13, sent > 20]).toEqual([true, true, true]);
    expect(rest).toEqual([
      ["user", "Stop."],
      ["assistant", "All right."],
    ]);
    await bot.end();
    expect(bot.errors).toEqual([]);
  });

  it("speaks while functions run, and answers once with all results", async () => {
    const ask = (id: string, fruit: string) => ({ type: "toolCall", id, name: "price", arguments: { fruit } }) as const;
    const bot = await new Bot({
      transcripts: ["What do they cost?"],
      answers: [["Let me see.", ask("1", "pear"), ask("2", "plum")], "A pear is 3, a plum is 4."],
    }).start();
    bot.llm.registerFunction("price", (args) => ({ price: args.fruit === "pear" ? 3 : 4 }));

    await bot.hears(800, 5000);
    expect(bot.llm.requests).toHaveLength(2);
    expect(bot.llm.requests[1]!.filter(({ role }) => role === "tool").map(({ content }) => content)).toEqual([
      '{"price":3}',
      '{"price":4}',
    ]);
    await bot.hears(0, 4000);
    expect(bot.said().filter(([role, content]) => role === "assistant" && content !== "")).toEqual([
      ["assistant", "Let me see."],
      ["assistant", "A pear is 3, a plum is 4."],
    ]);
    expect(bot.heard()).toBe("Let me see. A pear is 3, a plum is 4.");
    await bot.end();
    expect(bot.errors).toEqual([]);
  });

  it("speaks first after an LLMRunFrame, and says all of it before it ends", async () => {
    const bot = await new Bot({ transcripts: [], answers: ["Welcome to the shop."] }).start();
    bot.task.queueFrame(new LLMRunFrame());
    await bot.clock.advance(100);
    await bot.end();
    expect(bot.heard()).toBe("Welcome to the shop.");
    expect(bot.said()).toEqual([["assistant", "Welcome to the shop."]]);
  });

  it("remembers exactly the words that were heard, whenever it is interrupted and however slow its voice is", async () => {
    const scenario = fc.record({
      turns: fc.array(
        fc.record({ soundMs: fc.integer({ min: 80, max: 900 }), silenceMs: fc.integer({ min: 100, max: 5000 }) }),
        { minLength: 1, maxLength: 6 },
      ),
      words: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
      latencyMs: fc.constantFrom(0, 150.1, 600.1),
      wordDelayMs: fc.constantFrom(0, 100.1, 400.1),
      sinkLatencyMs: fc.constantFrom(0, 120),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ turns, words, ...speeds }) => {
        let answers = 0;
        const sentence = (length: number, at: number): string => `${`word${answers}-${at} `.repeat(length).trim()}.`;
        const bot = await new Bot({
          ...speeds,
          transcripts: turns.map((_turn, at) => `Turn ${at}.`),
          answers: () => {
            answers++;
            return words.map(sentence).join(" ");
          },
        }).start();
        for (const { soundMs, silenceMs } of turns) await bot.hears(soundMs, silenceMs);
        await bot.end();
        const remembered = bot.said().flatMap(([role, content]) => (role === "assistant" ? [content as string] : []));
        expect(remembered.join(" ")).toBe(bot.heard());
        expect(bot.errors).toEqual([]);
        expect(bot.clock.pendingTimers).toBe(0);
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});
