import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  LLMContext,
  LLMRunFrame,
  TranscriptionFrame,
  TTSSpeakFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../src/frames/index.ts";
import { Pipeline, PipelineTask } from "../../src/pipeline/index.ts";
import { createContextAggregators } from "../../src/processors/index.ts";
import {
  ScriptedDailyCall,
  ScriptedLLMService,
  type ScriptedAnswer,
  type ScriptedSpeech,
  ScriptedTTSService,
  VirtualClock,
} from "../../src/testing/index.ts";
import { TavusTransport } from "../../src/transport/tavus/index.ts";
import { sleep } from "../../src/util/deadline.ts";
import { Collector, pcm, TestLogger } from "../transport/frames.ts";
import { FakeApi, PAL, USER } from "../transport/tavus/tavus-harness.ts";

/** Low, because every sample of a whole evening is kept. */
const RATE = 8000;
const WORD_MS = 240;

/** Reproducible random numbers. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A bot on a bad evening: its model, its functions and its voice fail now and then, its user coughs and hesitates, and
 * its pal leaves and returns. The bot is written like a careful application: it apologizes when the model or the voice
 * fails, and asks when the user is silent.
 */
export class BadEvening {
  readonly clock = new VirtualClock();
  readonly logger = new TestLogger();
  readonly api = new FakeApi(this.clock);
  readonly call: ScriptedDailyCall;
  readonly context = new LLMContext([{ role: "system", content: "You sell fruit." }]);
  readonly llm: ScriptedLLMService;
  readonly tts: ScriptedTTSService;
  readonly task: PipelineTask;
  /** What happened, by kind. */
  readonly happened = new Map<string, number>();
  /** Transcripts of the user, in their order. */
  readonly said: string[] = [];
  /** When the turn ended that the bot must respond to; undefined if it owes nothing. */
  owedSinceMs: number | undefined;
  botSpeaks = false;
  palIsThere = false;
  readonly #random: () => number;
  #words = 0;
  #answers = 0;
  #pals = 0;
  /** What the bot was saying when the user's turn began, or what it owed. */
  #cutOrOwed = false;

  constructor(seed: number) {
    const { clock, logger, context } = this;
    this.#random = seeded(seed);
    this.call = new ScriptedDailyCall({ clock });
    const createCall = (): Promise<ScriptedDailyCall> => Promise.resolve(this.call);
    const transport = new TavusTransport({ faceId: "f1", botName: "Ada" }, { api: this.api, createCall, env: {} });
    const { user, assistant } = createContextAggregators(context, { idleTimeoutMs: 12_000 });
    user
      .on("userTurnStarted", () => {
        this.#cutOrOwed = this.botSpeaks || this.owedSinceMs !== undefined;
        this.owedSinceMs = undefined;
      })
      .on("userTurnStopped", (text) => {
        // Words need an answer; a sound without words needs a resumption of what it has cut.
        if (text !== "" || (this.#cutOrOwed && !this.#hasSaidAll())) this.owedSinceMs = clock.nowMs();
      })
      .on("userIdle", () => {
        this.#note("idle");
        this.task.queueFrame(new TTSSpeakFrame("Are you still there?"));
      });
    this.llm = new ScriptedLLMService({ answers: () => this.#answer(), latencyMs: 300.3, chunkTimeoutMs: 4000 });
    this.llm.registerFunction("stock", () => this.#stock(), { timeoutMs: 2000 });
    this.tts = new ScriptedTTSService({
      requests: Array.from({ length: 3000 }, () => this.#voice()),
      audioTimeoutMs: 2000,
      sound: () => pcm(WORD_MS, RATE, 1000),
    });
    const out = new Collector(clock, "downstream");
    const chain = [transport.input(), user, this.llm, this.tts, transport.output(), assistant, out];
    this.task = new PipelineTask(new Pipeline(chain), {
      ...{ clock, logger },
      params: { audioOutSampleRate: RATE, endTimeoutMs: 120_000, idleTimeoutMs: 0 },
    });
    out.on("beforeProcess", (frame) => {
      if (frame instanceof BotStartedSpeakingFrame) {
        this.botSpeaks = true;
        this.owedSinceMs = undefined;
      } else if (frame instanceof BotStoppedSpeakingFrame) {
        this.botSpeaks = false;
      }
    });
    this.task.on("error", ({ error }) => {
      const code = "code" in error ? String(error.code) : "other";
      this.#note(`error ${code}`);
      // The model receives the failure of a function itself.
      if (code !== "functionCall" && code !== "silentService")
        this.task.queueFrame(new TTSSpeakFrame("Sorry, what did you say?"));
    });
  }

  async start(): Promise<void> {
    this.task.run().catch(() => undefined);
    await this.clock.advance(0);
    this.call.addParticipant({ ...USER, sessionId: "grace" });
    this.palJoins();
    await this.clock.advance(100);
    this.task.queueFrame(new LLMRunFrame());
  }

  /** One thing that users, pals or networks do. */
  async next(): Promise<void> {
    const what = this.#random();
    if (what < 0.35) await this.#speaks("question", [this.#sentence()]);
    else if (what < 0.5) await this.#speaks("hesitation", [this.#sentence(), this.#sentence()]);
    else if (what < 0.68) await this.#coughs();
    else if (what < 0.8) await this.#speaks("late transcript", [this.#sentence()], this.#between(1500, 3500));
    else if (what < 0.88) await this.#palGoes();
    // Mostly soon, so that many interrupt; sometimes late, so that some are idle.
    await this.clock.advance(this.#random() < 0.7 ? this.#between(200, 4000) : this.#between(4000, 25_000));
  }

  palJoins(): void {
    this.#pals++;
    this.palIsThere = true;
    this.call.addParticipant({ ...PAL, sessionId: `pal-${this.#pals}` });
    // What was owed meanwhile can be heard only from now on.
    if (this.owedSinceMs !== undefined) this.owedSinceMs = this.clock.nowMs();
  }

  /** Whether it was cut in its very last word: then the user is expected to speak. */
  #hasSaidAll(): boolean {
    const { content = "" } =
      this.context.messages.findLast(({ role, content }) => role === "assistant" && content !== "") ?? {};
    return [`w${this.#words}.`, "there?", "say?"].some((end) => typeof content === "string" && content.endsWith(end));
  }

  async #palGoes(): Promise<void> {
    this.#note("pal away");
    this.palIsThere = false;
    this.call.removeParticipant(`pal-${this.#pals}`);
    await this.clock.advance(this.#between(500, 20_000));
    if (this.#random() < 0.5) await this.#speaks("question without a pal", [this.#sentence()]);
    await this.clock.advance(this.#between(500, 5000));
    this.palJoins();
  }

  async #speaks(kind: string, sentences: readonly string[], wordsAfterMs = this.#between(80, 400)): Promise<void> {
    this.#note(kind);
    for (const text of sentences) {
      await this.#voiceActive(this.#between(300, 2000));
      await this.clock.advance(wordsAfterMs);
      this.said.push(text);
      this.task.queueFrame(new TranscriptionFrame({ text, userId: "grace", finalized: true }));
      // A pause, in which the turn may end or not.
      if (sentences.length > 1) await this.clock.advance(this.#between(50, 1200));
    }
  }

  async #coughs(): Promise<void> {
    this.#note(this.botSpeaks ? "cough into the bot" : "cough");
    await this.#voiceActive(this.#between(200, 600));
  }

  async #voiceActive(forMs: number): Promise<void> {
    this.task.queueFrame(new VADUserStartedSpeakingFrame({ startDelayMs: 200 }));
    await this.clock.advance(forMs);
    this.task.queueFrame(new VADUserStoppedSpeakingFrame({ stopDelayMs: 200 }));
  }

  #answer(): ScriptedAnswer {
    this.#answers++;
    const what = this.#random();
    const text = this.#answerText();
    if (what < 0.05) return new Error("overloaded");
    if (what < 0.08) return Object.assign(new Error("content filter"), { status: 400 });
    if (what < 0.1) return [{ waitMs: 10_000 }, text];
    if (what < 0.13) return [text, new Error("cut off")];
    if (what < 0.3) return [{ type: "toolCall", id: `call-${this.#answers}`, name: "stock", arguments: {} }];
    return text;
  }

  /** Words that are never said twice, so that the context shows what happened to each. */
  #answerText(): string {
    const sentences = Array.from({ length: Math.round(this.#between(1, 3)) }, () => {
      const words = Array.from({ length: Math.round(this.#between(2, 7)) }, () => `w${++this.#words}`);
      return `${words.join(" ")}.`;
    });
    return sentences.join(" ");
  }

  #sentence(): string {
    return `s${this.said.length}x${Math.round(this.#random() * 1e6)}.`;
  }

  async #stock(): Promise<unknown> {
    const what = this.#random();
    this.#note("function");
    await sleep(this.clock, this.#between(50, 1500));
    if (what < 0.3) throw Object.assign(new Error("postgres://shop:secret@db is gone"), { status: 404 });
    if (what < 0.4) return await new Promise(() => undefined);
    return { pears: 3 };
  }

  #voice(): ScriptedSpeech {
    const what = this.#random();
    if (what < 0.02) return new Error("voice is down");
    return what < 0.03 ? "hangs" : "speaks";
  }

  #between(least: number, most: number): number {
    return Math.round(least + this.#random() * (most - least)) + 0.5;
  }

  #note(what: string): void {
    this.happened.set(what, (this.happened.get(what) ?? 0) + 1);
  }
}
