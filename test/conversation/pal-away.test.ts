import { describe, expect, it } from "vitest";

import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  type Frame,
  LLMContext,
  LLMRunFrame,
  TTSSpeakFrame,
} from "../../src/frames/index.ts";
import { Pipeline, PipelineTask } from "../../src/pipeline/index.ts";
import { createContextAggregators } from "../../src/processors/index.ts";
import { ScriptedDailyCall, ScriptedLLMService, ScriptedTTSService, VirtualClock } from "../../src/testing/index.ts";
import { TavusTransport } from "../../src/transport/tavus/index.ts";
import { Collector, TestLogger } from "../transport/frames.ts";
import { FakeApi, PAL } from "../transport/tavus/tavus-harness.ts";

const TEN = "One two three four five six seven eight nine ten.";
const READY_TIMEOUT_MS = 4000;
/** Time from the request to the middle of the speech: with messages it is heard later. */
const IN_MID_SPEECH_MS = { track: 1500, messages: 3000 } as const;

interface Script {
  readonly audioDelivery: "track" | "messages";
  readonly wordTimestamps?: boolean;
  readonly answers?: readonly string[];
}

class PalBot {
  readonly clock = new VirtualClock();
  readonly logger = new TestLogger();
  readonly call = new ScriptedDailyCall({ clock: this.clock });
  readonly context = new LLMContext();
  readonly out = new Collector(this.clock, "downstream");
  readonly tts: ScriptedTTSService;
  readonly task: PipelineTask;

  constructor({ audioDelivery, wordTimestamps = true, answers = [TEN] }: Script) {
    const { clock, logger } = this;
    const params = { audioDelivery, palReadyTimeoutMs: READY_TIMEOUT_MS };
    const createCall = (): Promise<ScriptedDailyCall> => Promise.resolve(this.call);
    const transport = new TavusTransport(
      { faceId: "f1", botName: "Ada", params, fallback: "none" },
      { api: new FakeApi(clock), createCall, env: {} },
    );
    const { user, assistant } = createContextAggregators(this.context);
    const llm = new ScriptedLLMService({ answers });
    this.tts = new ScriptedTTSService({ wordTimestamps });
    const chain = [transport.input(), user, llm, this.tts, transport.output(), assistant, this.out];
    this.task = new PipelineTask(new Pipeline(chain), { clock, logger, params: { endTimeoutMs: 60_000 } });
  }

  async start(): Promise<this> {
    this.task.run().catch(() => undefined);
    await this.clock.advance(0);
    return this;
  }

  palJoins(): void {
    this.call.addParticipant({ ...PAL, sessionId: "pal" });
  }

  async says(frame: Frame, ms: number): Promise<void> {
    this.task.queueFrame(frame);
    await this.clock.advance(ms);
  }

  remembered(): string {
    return this.context.messages.map(({ content }) => content as string).join(" ");
  }

  async end(): Promise<void> {
    this.task.end();
    await this.clock.advanceUntil(this.task.run());
    expect(this.clock.pendingTimers).toBe(0);
  }
}

describe.each(["track", "messages"] as const)(
  "a pal that is away and has no stand-in, its voice by %s",
  (audioDelivery) => {
    it.each([true, false])(
      "never joins: no word was heard, so none is in the context (word timestamps: %s)",
      async (wordTimestamps) => {
        const bot = await new PalBot({ audioDelivery, wordTimestamps }).start();
        await bot.says(new LLMRunFrame(), 30_000);
        expect(bot.context.messages).toEqual([]);
        expect(bot.out.of(BotStartedSpeakingFrame)).toEqual([]);
        expect(bot.logger.warnings()).toContainEqual(expect.stringContaining("The pal has not joined"));
        await bot.end();
      },
    );

    it("joins late, in mid-speech: the speech starts from the beginning", async () => {
      const bot = await new PalBot({ audioDelivery }).start();
      await bot.says(new LLMRunFrame(), READY_TIMEOUT_MS + 1000);
      expect(bot.context.messages).toEqual([]);
      bot.palJoins();
      await bot.clock.advance(10_000);
      expect(bot.remembered()).toBe(TEN);
      expect(bot.out.of(BotStoppedSpeakingFrame)).toHaveLength(1);
      await bot.end();
    });

    it("leaves in mid-sentence: the context ends with the last word it can have said, and the bot counts as silent", async () => {
      const bot = await new PalBot({ audioDelivery }).start();
      bot.palJoins();
      await bot.says(new LLMRunFrame(), IN_MID_SPEECH_MS[audioDelivery]);
      bot.call.removeParticipant("pal");
      await bot.clock.advance(30_000);
      const [message] = bot.context.messages;
      expect(message?.interrupted).toBe(true);
      expect(TEN.startsWith(message?.content as string)).toBe(true);
      const words = bot.remembered().split(" ").length;
      expect([words > 0, words < 10]).toEqual([true, true]);
      expect(bot.out.of(BotStoppedSpeakingFrame)).toHaveLength(1);
      await bot.end();
    });

    it("returns: the speech resumes after the last word that was heard", async () => {
      const bot = await new PalBot({ audioDelivery }).start();
      bot.palJoins();
      await bot.says(new LLMRunFrame(), IN_MID_SPEECH_MS[audioDelivery]);
      bot.call.removeParticipant("pal");
      await bot.clock.advance(2000);
      const cut = bot.remembered();
      bot.palJoins();
      await bot.clock.advance(10_000);
      expect(bot.context.messages.map(({ content }) => content)).toEqual([cut, TEN.slice(cut.length + 1)]);
      await bot.end();
    });

    it("returns after the timeout: unheard speech stays unsaid, later speech is heard", async () => {
      const bot = await new PalBot({ audioDelivery }).start();
      bot.palJoins();
      await bot.clock.advance(1000);
      bot.call.removeParticipant("pal");
      await bot.clock.advance(READY_TIMEOUT_MS);
      await bot.says(new TTSSpeakFrame("Is anybody there?"), 5000);
      bot.palJoins();
      await bot.says(new TTSSpeakFrame("Welcome back."), 5000);
      expect(bot.remembered()).toBe("Welcome back.");
      await bot.end();
    });

    it("leaves while the bot is silent: later speech waits for it", async () => {
      const bot = await new PalBot({ audioDelivery }).start();
      bot.palJoins();
      await bot.clock.advance(1000);
      bot.call.removeParticipant("pal");
      await bot.says(new TTSSpeakFrame(TEN), READY_TIMEOUT_MS - 1000);
      expect(bot.context.messages).toEqual([]);
      bot.palJoins();
      await bot.clock.advance(10_000);
      expect(bot.remembered()).toBe(TEN);
      expect(bot.tts.requests).toHaveLength(1);
      await bot.end();
    });
  },
);
