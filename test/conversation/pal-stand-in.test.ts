import { describe, expect, it } from "vitest";

import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  EndFrame,
  InterruptionFrame,
  LLMContext,
  LLMRunFrame,
  TTSSpeakFrame,
  TTSTextFrame,
  UserAudioRawFrame,
  type Frame,
} from "../../src/frames/index.ts";
import { Pipeline, PipelineTask } from "../../src/pipeline/index.ts";
import { createContextAggregators } from "../../src/processors/index.ts";
import {
  type ScriptedAudioSink,
  ScriptedDailyCall,
  ScriptedLLMService,
  ScriptedTTSService,
  VirtualClock,
} from "../../src/testing/index.ts";
import { TavusTransport, type TavusTransportOptions } from "../../src/transport/tavus/index.ts";
import { Collector, pcm, TestLogger } from "../transport/frames.ts";
import { FakeApi, FakeRoomApi, PAL, USER } from "../transport/tavus/tavus-harness.ts";

/** Low, because the test inspects every sample. */
const RATE = 8000;
const WORD_MS = 240;
/** The loudness of a word identifies it. */
const FIRST_LEVEL = 1000;
const TEN = "One two three four five six seven eight nine ten.";
const RENDER_MS = 300;
const BLOCK_MS = 20;

type Options = Pick<TavusTransportOptions, "params" | "fallback"> & {
  readonly answers?: readonly string[];
  readonly wordTimestamps?: boolean;
};

/** A bot, a pal that says what it receives a little later, and a user who hears both the pal and the bot's microphone. */
class StandInBot {
  readonly clock = new VirtualClock();
  readonly logger = new TestLogger();
  readonly calls: ScriptedDailyCall[] = [];
  readonly context = new LLMContext();
  readonly middle = new Collector(this.clock, "downstream");
  /** Between the output and the assistant aggregator. */
  readonly spoken = new Collector(this.clock, "downstream");
  readonly out = new Collector(this.clock, "downstream");
  readonly up = new Collector(this.clock, "upstream");
  readonly tts: ScriptedTTSService;
  readonly transport: TavusTransport;
  readonly task: PipelineTask;
  /** The levels of what the user hears, in order, with where it came from; each stretch of one level once. */
  readonly heard: { readonly word: number; readonly by: "pal" | "microphone"; ms: number; readonly atMs: number }[] =
    [];
  #words = 0;
  /** "muted": in the room, and silent; what it receives meanwhile is lost. "stalled": it says that later. */
  pal: "away" | "speaking" | "muted" | "stalled" = "away";
  #stalledMs = 0;
  #palAt = 0;
  #microphoneAt = 0;

  constructor({ answers = [TEN], params, fallback = "microphone", ...speech }: Options = {}) {
    const { clock, logger } = this;
    const createCall = (): Promise<ScriptedDailyCall> => {
      this.calls.push(new ScriptedDailyCall({ clock }));
      return Promise.resolve(this.call);
    };
    this.transport = new TavusTransport(
      { faceId: "f1", botName: "Ada", fallback, params: { palReadyTimeoutMs: 4000, ...params } },
      { api: new FakeApi(clock), createCall, env: {} },
    );
    const { user, assistant } = createContextAggregators(this.context);
    const llm = new ScriptedLLMService({ answers });
    this.tts = new ScriptedTTSService({ sound: () => pcm(WORD_MS, RATE, FIRST_LEVEL + ++this.#words), ...speech });
    const { transport } = this;
    const chain = [
      transport.input(),
      this.middle,
      user,
      llm,
      this.tts,
      this.up,
      transport.output(),
      this.spoken,
      assistant,
      this.out,
    ];
    const taskParams = { endTimeoutMs: 60_000, audioOutSampleRate: RATE };
    this.task = new PipelineTask(new Pipeline(chain), { clock, logger, params: taskParams });
  }

  /** The call that was made last. */
  get call(): ScriptedDailyCall {
    const call = this.calls.at(-1);
    if (!call) throw new Error("There is no call yet.");
    return call;
  }

  async start(): Promise<this> {
    this.task.run().catch(() => undefined);
    await this.clock.advance(0);
    return this;
  }

  async withPal(): Promise<this> {
    await this.start();
    this.palJoins();
    await this.pass(1000);
    return this;
  }

  palJoins(sessionId = "pal"): void {
    this.pal = "speaking";
    this.call.addParticipant({ ...PAL, sessionId });
  }

  palLeaves(sessionId = "pal"): void {
    this.pal = "away";
    this.call.removeParticipant(sessionId);
  }

  async says(frame: Frame, ms = 0): Promise<void> {
    this.task.queueFrame(frame);
    await this.pass(ms);
  }

  /** Lets time pass. The pal speaks, and the user listens. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += BLOCK_MS) {
      await this.clock.advance(Math.min(BLOCK_MS, ms - passed));
      this.#listen();
    }
  }

  /** Lets time pass until the user has heard this many words begin. */
  async until(words: number): Promise<void> {
    for (let i = 0; i < 1000 && this.words().length < words; i++) await this.pass(BLOCK_MS);
  }

  /** The words that the user heard, in order, as numbers from 1. */
  words(): number[] {
    return this.heard.map(({ word }) => word);
  }

  /** Who said the words. */
  voices(): string[] {
    return this.heard.map(({ by }) => by).filter((by, at, all) => by !== all[at - 1]);
  }

  remembered(): string {
    return this.context.messages.map(({ content }) => content as string).join(" ");
  }

  async end(): Promise<void> {
    this.task.queueFrame(new EndFrame());
    await this.clock.advanceUntil(this.task.run());
    // The pal's last block.
    await this.clock.advance(BLOCK_MS);
    expect(this.clock.pendingTimers).toBe(0);
  }

  /** All ten words were heard; a word that was cut was said again, and no other one. */
  expectAllTen(): void {
    const words = this.words();
    const cut = words.findIndex((word, at) => word === words[at - 1]);
    expect(words.filter((_, at) => at !== cut)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    if (cut > 0) expect(this.heard[cut]?.by).toBe("microphone");
    // A word that was heard nearly whole is finished, any other one is said again.
    for (let word = 1; word <= 10; word++) {
      const parts = this.heard.filter((one) => one.word === word).map(({ ms }) => ms);
      expect(parts.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(WORD_MS - BLOCK_MS);
    }
    expect(this.remembered()).toBe(TEN);
    expect(this.out.of(InterruptionFrame)).toEqual([]);
    expect(this.tts.requests).toHaveLength(1);
    expect([this.out.of(BotStartedSpeakingFrame).length, this.out.of(BotStoppedSpeakingFrame).length]).toEqual([1, 1]);
    expect(this.middle.of(UserAudioRawFrame), "nothing of the pal reaches the pipeline").toEqual([]);
  }

  #listen(): void {
    const stream = this.call.sinks.get("stream");
    if (this.pal === "stalled") this.#stalledMs += BLOCK_MS;
    const toMs = this.clock.nowMs() - RENDER_MS - this.#stalledMs;
    const spoken = stream ? this.#received(stream, toMs) : new Int16Array(0);
    if (this.pal === "speaking") for (const sample of spoken) this.#hear(sample, "pal");
    if (this.pal !== "away" && stream) {
      const block = new Int16Array((RATE * BLOCK_MS) / 1000);
      if (this.pal === "speaking") block.set(spoken.subarray(0, block.length));
      const [sessionId = ""] = this.call.participants().keys();
      void this.call.speak(sessionId, block, { sampleRate: RATE });
    }
    const microphone = this.call.sinks.get("microphone");
    if (!microphone) return;
    const heard = microphone.heard();
    for (const sample of heard.subarray(this.#microphoneAt)) this.#hear(sample, "microphone");
    this.#microphoneAt = heard.length;
  }

  /** What has reached the pal until `toMs`; it left on the track as long before as rendering takes. */
  #received(stream: ScriptedAudioSink, toMs: number): Int16Array {
    this.#left.push({ atMs: this.clock.nowMs(), position: stream.playedSamples });
    const position = this.#left.findLast(({ atMs }) => atMs <= toMs)?.position ?? 0;
    const spoken = stream.heard().subarray(this.#palAt, position);
    this.#palAt = Math.max(position, this.#palAt);
    return spoken;
  }
  readonly #left: { readonly atMs: number; readonly position: number }[] = [];

  #hear(sample: number, by: "pal" | "microphone"): void {
    if (sample < FIRST_LEVEL) return;
    const word = sample - FIRST_LEVEL;
    let last = this.heard.at(-1);
    if (last?.word !== word || last.by !== by) {
      last = { word, by, ms: 0, atMs: this.clock.nowMs() };
      this.heard.push(last);
    }
    last.ms += 1000 / RATE;
  }
}

describe("the bot's microphone stands in for the pal", () => {
  // Early and late in a word, and right between two.
  it.each([700, 850, 960, 1000, 1430, 1900])("that leaves %d ms into the answer", async (ms) => {
    const bot = await new StandInBot().withPal();
    await bot.says(new LLMRunFrame());
    await bot.until(1);
    await bot.pass(ms);
    bot.palLeaves();
    const leftMs = bot.clock.nowMs();
    await bot.pass(6000);
    bot.expectAllTen();
    expect(bot.voices()).toEqual(["pal", "microphone"]);
    const audible = bot.heard.find(({ by }) => by === "microphone");
    expect((audible?.atMs ?? NaN) - leftMs).toBeLessThanOrEqual(400);
    expect(bot.transport.avatar).toMatchObject({ is: "absent", reason: "left" });
    await bot.end();
  });

  it.each([100, 500, 1400])("that falls silent %d ms into the answer", async (ms) => {
    const bot = await new StandInBot().withPal();
    // Its latency is known from something that it said before.
    await bot.says(new TTSSpeakFrame("Hello."), 0);
    await bot.pass(6000);
    const before = bot.heard.length;
    expect(before).toBeGreaterThan(0);
    await bot.says(new LLMRunFrame());
    await bot.until(before + 1);
    await bot.pass(ms);
    bot.pal = "muted";
    const mutedMs = bot.clock.nowMs();
    await bot.pass(15_000);
    const words = bot.words().slice(before);
    const cut = words.findIndex((word, at) => word === words[at - 1]);
    expect(words.filter((_, at) => at !== cut)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(bot.remembered().endsWith(TEN)).toBe(true);
    expect(bot.transport.avatar).toMatchObject({ is: "absent", reason: "silent" });
    const audible = bot.heard.find(({ by }) => by === "microphone");
    expect((audible?.atMs ?? NaN) - mutedMs).toBeLessThanOrEqual(3000 + RENDER_MS + 700);
    expect(bot.call.sent.map(({ data }) => data)).toContainEqual(
      expect.objectContaining({ event_type: "conversation.interrupt" }),
    );
    await bot.end();
  });

  it("that falls silent for a moment: nothing happens", async () => {
    const bot = await new StandInBot().withPal();
    await bot.says(new LLMRunFrame(), 1200);
    bot.pal = "stalled";
    await bot.pass(1500);
    const words = bot.spoken.of(TTSTextFrame).length;
    expect(words, "some words have left for the pal, and have not been heard").toBeLessThan(10);
    expect(words).toBeGreaterThan(0);
    await bot.pass(500);
    expect(bot.spoken.of(TTSTextFrame).length, "nothing counts as heard meanwhile").toBe(words);
    bot.pal = "speaking";
    await bot.pass(6000);
    bot.expectAllTen();
    expect(bot.voices()).toEqual(["pal"]);
    expect(bot.transport.avatar.is).toBe("speaking");
    await bot.end();
  });

  it("that Tavus shuts down in mid-sentence, although it is still in the room", async () => {
    const bot = await new StandInBot().withPal();
    await bot.says(new LLMRunFrame(), 1300);
    const properties = { shutdown_reason: "out of credits" };
    bot.call.receive({ message_type: "system", event_type: "system.shutdown", seq: 1, properties }, "pal");
    bot.pal = "muted";
    await bot.pass(6000);
    bot.expectAllTen();
    expect(bot.transport.avatar).toMatchObject({ is: "failed", reason: "outOfCredits" });
    await bot.end();
  });

  it("whose track cannot be written any more", async () => {
    const bot = await new StandInBot().withPal();
    await bot.says(new LLMRunFrame(), 1300);
    bot.call.sinks.get("stream")?.refuseWrites(new Error("The track is gone."));
    await bot.pass(6000);
    expect(new Set(bot.words())).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    expect(bot.voices().at(-1)).toBe("microphone");
    expect(bot.remembered()).toBe(TEN);
    await bot.end();
  });

  it("in the fallback room, when the room of the conversation ends in mid-sentence", async () => {
    const bot = await new StandInBot({ fallback: new FakeRoomApi(new VirtualClock()) }).withPal();
    await bot.says(new LLMRunFrame(), 1300);
    const [first] = bot.calls;
    bot.pal = "away";
    first?.endFromOutside("roomEnded");
    await bot.pass(2000);
    expect(bot.voices(), "the bot waits for its user").toEqual(["pal"]);
    bot.call.addParticipant({ ...USER, sessionId: "user again" });
    await bot.pass(6000);
    expect(bot.calls).toHaveLength(2);
    bot.expectAllTen();
    expect(bot.voices()).toEqual(["pal", "microphone"]);
    await bot.end();
  });

  it("that never joins", async () => {
    const bot = await new StandInBot().start();
    await bot.says(new LLMRunFrame(), 3900);
    expect(bot.heard).toEqual([]);
    await bot.pass(5000);
    bot.expectAllTen();
    expect(bot.voices()).toEqual(["microphone"]);
    await bot.end();
  });

  it("that leaves before the first word, and while it connects", async () => {
    const bot = await new StandInBot().start();
    bot.palJoins();
    await bot.says(new LLMRunFrame(), 300);
    bot.palLeaves();
    await bot.pass(5000);
    bot.expectAllTen();
    await bot.end();
  });

  it("and gives the voice back at the end of an utterance", async () => {
    const bot = await new StandInBot({ answers: [TEN, "Eleven twelve."] }).withPal();
    await bot.says(new LLMRunFrame(), 1000);
    bot.palLeaves();
    await bot.pass(1000);
    bot.palJoins("pal again");
    await bot.pass(6000);
    bot.expectAllTen();
    expect(bot.voices()).toEqual(["pal", "microphone"]);
    await bot.says(new LLMRunFrame(), 5000);
    expect(bot.words().slice(-2)).toEqual([11, 12]);
    expect(bot.voices()).toEqual(["pal", "microphone", "pal"]);
    await bot.end();
  });

  it("and is interrupted there like the pal, without a message to it", async () => {
    const bot = await new StandInBot().withPal();
    await bot.says(new LLMRunFrame(), 1000);
    bot.palLeaves();
    await bot.pass(900);
    const before = bot.words().length;
    await bot.says(new InterruptionFrame(), 5000);
    expect(bot.words().length).toBe(before);
    expect(bot.context.messages[0]?.interrupted).toBe(true);
    expect(TEN.split(" ").slice(0, bot.words().at(-1)).join(" ")).toBe(bot.remembered());
    expect(
      bot.call.sent.filter(({ data }) => (data as { event_type?: string }).event_type?.includes("interrupt")),
    ).toEqual([]);
    await bot.end();
  });

  it("from the chunk that was cut where the voice has no word times", async () => {
    const bot = await new StandInBot({ wordTimestamps: false }).withPal();
    await bot.says(new LLMRunFrame(), 1200);
    bot.palLeaves();
    await bot.pass(6000);
    expect(new Set(bot.words())).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    expect(bot.remembered()).toBe(TEN);
    await bot.end();
  });

  it("when there is a microphone for something else already: on a track of its own", async () => {
    const bot = await new StandInBot({ params: { microphoneOutEnabled: true } }).withPal();
    await bot.says(new LLMRunFrame(), 1000);
    bot.palLeaves();
    await bot.pass(6000);
    expect(bot.call.sinks.get("voice")?.heard().length).toBeGreaterThan(0);
    expect(bot.call.sinks.get("microphone")?.writes).toEqual([]);
    expect(bot.remembered()).toBe(TEN);
    await bot.end();
  });

  it("in messages as well", async () => {
    const bot = await new StandInBot({ params: { audioDelivery: "messages" } }).withPal();
    await bot.says(new LLMRunFrame(), 3200);
    bot.palLeaves();
    await bot.pass(6000);
    expect(bot.voices()).toEqual(["microphone"]);
    expect(bot.words().at(-1)).toBe(10);
    expect(bot.words().length).toBeGreaterThan(2);
    expect(bot.remembered()).toBe(TEN);
    expect(bot.out.of(InterruptionFrame)).toEqual([]);
    await bot.end();
  });

  it("as soon as its microphone can be published, when the first attempts fail", async () => {
    const bot = await new StandInBot().withPal();
    await bot.says(new LLMRunFrame(), 1000);
    bot.call.failNext("publishAudio", new Error("no"));
    bot.call.failNext("publishAudio", new Error("no"));
    bot.palLeaves();
    await bot.pass(9000);
    bot.expectAllTen();
    expect(bot.voices()).toEqual(["pal", "microphone"]);
    await bot.end();
  });

  it("or nothing does, when no microphone can be published: nobody hears the bot, and nothing counts as said", async () => {
    const bot = await new StandInBot().withPal();
    await bot.says(new LLMRunFrame(), 1000);
    for (let i = 0; i < 10; i++) bot.call.failNext("publishAudio", new Error("no"));
    bot.palLeaves();
    await bot.pass(9000);
    expect(bot.voices()).toEqual(["pal"]);
    expect(TEN.startsWith(bot.remembered())).toBe(true);
    expect(bot.remembered()).not.toBe(TEN);
    await bot.end();
  });
});
