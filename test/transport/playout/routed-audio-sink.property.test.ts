import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ScriptedAudioSink, VirtualClock } from "../../../src/testing/index.ts";
import type { PlayoutOutcome } from "../../../src/transport/playout/audio-sink.ts";
import { RoutedAudioSink } from "../../../src/transport/playout/routed-audio-sink.ts";
import type { VoiceRoute } from "../../../src/transport/playout/voice-route.ts";
import { sleep } from "../../../src/util/deadline.ts";

/** One sample per millisecond: positions are milliseconds. */
const RATE = 1000;
const STEP_MS = 5;
/** Samples are numbered, so that the listener recognises each one. Not lower: quiet samples would be a pause. */
const FIRST = 1000;

type Step =
  /** A chunk is written where the lead allows it; `word`: where in it a word starts. */
  | { readonly do: "speak"; readonly chunks: number; readonly samples: number; readonly word: number | undefined }
  | { readonly do: "end" }
  | { readonly do: "interrupt" }
  | { readonly do: "wait"; readonly ms: number }
  /** The pal plays on without being heard; after `noticeMs` somebody notices. */
  | { readonly do: "freeze"; readonly noticeMs: number; readonly hold: boolean }
  /** The sink of a route closes by itself, or throws at the next write. */
  | { readonly do: "fail"; readonly route: VoiceRoute; readonly how: "close" | "throw" }
  | { readonly do: "failOpening"; readonly times: number }
  | { readonly do: "switch"; readonly route: VoiceRoute }
  | { readonly do: "returnWhenIdle" };

const route = fc.constantFrom<VoiceRoute>("pal", "microphone");
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("speak" as const),
      chunks: fc.integer({ min: 1, max: 12 }),
      samples: fc.integer({ min: 1, max: 60 }),
      word: fc.option(fc.integer({ min: 0, max: 59 }), { nil: undefined }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 2, arbitrary: fc.constant({ do: "end" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "interrupt" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("freeze" as const),
      noticeMs: fc.integer({ min: 0, max: 80 }),
      hold: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("fail" as const), route, how: fc.constantFrom("close", "throw") }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("failOpening" as const), times: fc.constantFrom(1, 2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("switch" as const), route }) },
  { weight: 1, arbitrary: fc.constant({ do: "returnWhenIdle" as const }) },
);

/** The listener hears what was played until the moment at which a sink drops the rest. */
class AudibleSink extends ScriptedAudioSink {
  readonly #beforeCut: () => void;

  constructor(clock: VirtualClock, { latencyMs, leadMs }: Timing, beforeCut: () => void) {
    super({ clock, sampleRate: RATE, latencyMs, preferredLeadMs: leadMs });
    this.#beforeCut = beforeCut;
  }

  override flush(): number {
    this.#beforeCut();
    return super.flush();
  }

  override close(): Promise<void> {
    if (!this.closed) this.#beforeCut();
    return super.close();
  }
}

/** A voice on two routes, and somebody who listens to both. */
class Listener {
  readonly clock = new VirtualClock();
  readonly sink: RoutedAudioSink;
  readonly waits: { readonly position: number; outcome: PlayoutOutcome | undefined }[] = [];
  readonly #sinks: { readonly route: VoiceRoute; readonly sink: AudibleSink; counted: number }[] = [];
  readonly #starts = new Set<number>();
  readonly #timing: Timing;
  #failOpenings = 0;
  #frozen = false;
  /** The number of the next sample to be written, and the position it has. */
  #next = FIRST;
  #nextPosition = 0;
  /** The number of the next sample to be heard. */
  #awaited = FIRST;
  /** Numbers below were interrupted: if they have not been heard, they never are. */
  #void = FIRST;
  #routeSwitched = false;
  #played = 0;
  repeated = 0;

  constructor(timing: Timing) {
    this.#timing = timing;
    this.sink = new RoutedAudioSink({
      clock: this.clock,
      first: { route: "pal", sink: this.#create("pal") },
      open: (wanted) => this.#open(wanted),
      connect: (_, signal) => sleep(this.clock, this.#timing.connectMs, signal),
      onFailed: ({ route: failed }) => this.switchTo(failed === "pal" ? "microphone" : "pal"),
    });
  }

  switchTo(to: VoiceRoute): void {
    if (this.sink.route !== to || this.sink.routeState === "failed") this.#routeSwitched = true;
    const heardPosition = this.#frozen
      ? this.#nextPosition - (this.#next - Math.max(this.#awaited, this.#void))
      : undefined;
    this.#frozen = false;
    this.sink.switchTo(to, heardPosition);
    this.#check();
  }

  async take(taken: Step): Promise<void> {
    switch (taken.do) {
      case "speak":
        for (let i = 0; i < taken.chunks; i++) {
          while (this.sink.writtenSamples - this.sink.playedSamples >= this.#timing.leadMs && !this.sink.closed)
            if (!(await this.#pass(STEP_MS))) return;

          this.#speak(taken.samples, taken.word);
        }
        return;
      case "end":
        this.sink.endUtterance();
        return;
      case "interrupt":
        this.#interrupt();
        return;
      case "wait":
        await this.#pass(taken.ms);
        return;
      case "freeze":
        if (this.sink.route !== "pal" || this.sink.routeState !== "open" || this.#timing.latencyMs > 0) return;
        this.#frozen = true;
        if (taken.hold) this.sink.holdPlayed();
        await this.#pass(taken.noticeMs);
        if (this.#isFrozen()) this.switchTo("microphone");
        return;
      case "fail":
        await this.#fail(taken.route, taken.how);
        return;
      case "failOpening":
        this.#failOpenings = taken.times;
        return;
      case "switch":
        this.switchTo(taken.route);
        return;
      case "returnWhenIdle":
        this.sink.switchWhenIdle("pal");
        // It may switch at any time from here on.
        this.#routeSwitched = true;
    }
  }

  /** All that is left is heard, and all waits end. */
  async finish(): Promise<void> {
    this.sink.endUtterance();
    for (let i = 0; i < 2500 && this.sink.playedSamples < this.sink.writtenSamples; i++) await this.#pass(STEP_MS * 4);
    await this.#pass(100);
    expect(this.sink.playedSamples).toBe(this.sink.writtenSamples);
    expect(Math.max(this.#awaited, this.#void), "the last sample was heard").toBe(this.#next);
    expect(this.waits.filter(({ outcome }) => outcome === undefined)).toEqual([]);
    await this.sink.close();
    await this.clock.advance(this.#timing.openMs);
    expect(this.#sinks.every(({ sink }) => sink.closed)).toBe(true);
    expect(this.clock.pendingTimers).toBe(0);
  }

  #isFrozen(): boolean {
    return this.#frozen;
  }

  #create(wanted: VoiceRoute): AudibleSink {
    const sink = new AudibleSink(this.clock, this.#timing, () => this.#listen());
    this.#sinks.push({ route: wanted, sink, counted: 0 });
    return sink;
  }

  async #open(wanted: VoiceRoute): Promise<AudibleSink> {
    await sleep(this.clock, this.#timing.openMs);
    if (this.#failOpenings-- > 0) throw new Error("It cannot be opened.");
    return this.#create(wanted);
  }

  #speak(samples: number, word: number | undefined): void {
    const from = this.sink.writtenSamples;
    expect(from, "positions are those of what was written").toBe(this.#nextPosition);
    const pcm = Int16Array.from({ length: samples }, (_, i) => this.#next + i);
    this.#starts.add(this.#next);
    expect(this.sink.write(pcm)).toBe(true);
    if (word !== undefined && word < samples) {
      this.#starts.add(this.#next + word);
      this.sink.markWord(from + word);
    }
    this.#next += samples;
    this.#nextPosition += samples;
    const wait = { position: this.#nextPosition, outcome: undefined as PlayoutOutcome | undefined };
    const lastSample = this.#next - 1;
    const frozenAtStart = this.#frozen;
    this.waits.push(wait);
    void this.sink.whenPlayed(wait.position).then((outcome) => {
      wait.outcome = outcome;
      this.#check();
      if (outcome === "played" && !this.#frozen && !frozenAtStart)
        expect(this.#awaited, "what counts as played was heard").toBeGreaterThan(lastSample);
    });
  }

  #interrupt(): void {
    this.#check();
    // What was frozen is lost with the rest.
    this.#frozen = false;
    this.#nextPosition = this.sink.flush();
    this.#void = this.#next;
    this.#check();
  }

  async #fail(failing: VoiceRoute, how: "close" | "throw"): Promise<void> {
    const opened = this.#sinks.findLast((other) => other.route === failing);
    if (!opened || opened.sink.closed) return;
    this.#check();
    if (how === "close") await opened.sink.close();
    else opened.sink.refuseWrites(new Error("It broke."));
    this.#routeSwitched = true;
    this.#check();
  }

  /** False when time has passed without any progress for so long that there will be none. */
  async #pass(ms: number): Promise<boolean> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      await this.clock.advance(STEP_MS);
      this.#check();
    }
    return this.clock.nowMs() < 60_000;
  }

  /** Listens to what has been played since the last time. */
  #listen(): void {
    const audible = this.#sinks.flatMap((opened) => {
      const played = opened.sink.closed ? opened.counted : opened.sink.playedSamples;
      const pcm = played > opened.counted ? opened.sink.heard().subarray(opened.counted) : new Int16Array(0);
      opened.counted = played;
      return pcm.length > 0 ? [{ pcm, route: opened.route }] : [];
    });
    expect(audible.length, "one route is heard at a time").toBeLessThanOrEqual(1);
    for (const { pcm, route: heardOn } of audible)
      if (!(this.#frozen && heardOn === "pal")) for (const sample of pcm) this.#hear(sample);
  }

  #check(): void {
    this.#listen();
    const played = this.sink.playedSamples;
    expect(played, "what was played never falls").toBeGreaterThanOrEqual(this.#played);
    expect(played).toBeLessThanOrEqual(this.sink.writtenSamples);
    this.#played = played;
  }

  #hear(sample: number): void {
    if (sample > this.#awaited) {
      expect(this.#void, `nothing is lost before ${sample}`).toBeGreaterThan(this.#awaited);
      expect(sample, "after an interruption nothing old is heard").toBe(this.#void);
    } else if (sample < this.#awaited) {
      expect(this.#routeSwitched, `${sample} is heard twice only at a change of routes`).toBe(true);
      expect(this.#starts.has(sample), "a repetition starts with a word or a chunk").toBe(true);
      expect(sample, "after an interruption nothing old is heard").toBeGreaterThanOrEqual(this.#void);
      // Nothing between the repeated start and the cut is a start: only that word is said twice.
      this.repeated += this.#awaited - sample;
    }
    this.#awaited = sample + 1;
  }
}

interface Timing {
  readonly openMs: number;
  readonly connectMs: number;
  readonly latencyMs: number;
  /** How far ahead the sinks are written: with the longer one, all that is said is on its way at every moment. */
  readonly leadMs: number;
}

describe("a voice on two routes", () => {
  it("has exactly one at a time, through any failures, returns and interruptions, and loses nothing", async () => {
    let repeated = 0;
    const timing = fc.record({
      openMs: fc.constantFrom(0, 40, 150),
      connectMs: fc.constantFrom(0, 50),
      latencyMs: fc.constantFrom(0, 30),
      leadMs: fc.constantFrom(200, 30_000),
    });
    await fc.assert(
      fc.asyncProperty(timing, fc.array(step, { minLength: 3, maxLength: 30 }), async (times, steps) => {
        const listener = new Listener(times);
        for (const taken of steps) await listener.take(taken);
        await listener.finish();
        repeated += listener.repeated;
      }),
      { numRuns: 150 },
    );
    expect(repeated, "the property is about repetitions").toBeGreaterThan(0);
  });
});
