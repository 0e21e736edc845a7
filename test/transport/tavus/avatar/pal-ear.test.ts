import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { VirtualClock } from "../../../../src/testing/index.ts";
import { PalEar, type SentVoice } from "../../../../src/transport/tavus/avatar/pal-ear.ts";

/** One sample per millisecond: positions are milliseconds of the voice. */
const RATE = 1000;
const BLOCK_MS = 20;
const SILENCE_TIMEOUT_MS = 3000;
/** Until it is measured, the ear assumes that the pal takes this long. */
const UNKNOWN_LATENCY_MS = 1500;
/** Beyond which nobody doubts that sound is missing. */
const GRACE_MS = 500;

/** A stretch of speech or of silence, in milliseconds. */
interface Part {
  readonly loud: boolean;
  readonly ms: number;
}

const speech = (ms: number): Part => ({ loud: true, ms });
const pause = (ms: number): Part => ({ loud: false, ms });

interface Options {
  readonly latencyMs: number;
  /** How much later than its latency each block may arrive, by its number. */
  readonly jitterMs?: (block: number) => number;
  readonly toleranceMs?: number;
  readonly silenceTimeoutMs?: number;
}

/** A voice that leaves in real time, and a pal that says it some time later, until it freezes. */
class Scene implements SentVoice {
  readonly clock = new VirtualClock();
  readonly sampleRate = RATE;
  readonly reports: { readonly what: string; readonly atMs: number; readonly heardPosition: number | undefined }[] = [];
  readonly ear: PalEar;
  readonly #options: Options;
  /** Whether each millisecond of the voice is loud. */
  #voice: boolean[] = [];
  /** What left at each millisecond. */
  readonly #leftAt: boolean[] = [];
  #left = 0;
  #blocks = 0;
  #held = false;
  frozen = false;
  deaf = false;
  /** The position of the voice that the pal has said. */
  said = 0;
  readonly #positionAt: number[] = [];

  constructor(options: Options) {
    this.#options = options;
    const report = (what: string) => (): void => {
      if (what === "held" || what === "released") this.#held = what === "held";
      this.reports.push({ what, atMs: this.clock.nowMs(), heardPosition: this.ear.heardPosition() });
    };
    this.ear = new PalEar({
      clock: this.clock,
      voice: this,
      silenceTimeoutMs: options.silenceTimeoutMs ?? SILENCE_TIMEOUT_MS,
      toleranceMs: options.toleranceMs ?? 300,
      onHeld: report("held"),
      onReleased: report("released"),
      onSilent: report("silent"),
      onHeardAgain: report("heardAgain"),
    });
    this.ear.watch();
  }

  get leftSamples(): number {
    return this.#left;
  }

  get writtenSamples(): number {
    return this.#voice.length;
  }

  get held(): boolean {
    return this.#held;
  }

  isLoud(from: number, to: number): boolean {
    return this.#voice.slice(from, to).some(Boolean);
  }

  /** Milliseconds of speech between two positions. */
  countLoud(from: number, to: number): number {
    return this.#voice.slice(from, to).filter(Boolean).length;
  }

  whats(): string[] {
    return this.reports.map(({ what }) => what);
  }

  says(parts: readonly Part[]): this {
    for (const { loud, ms } of parts) this.#voice.push(...Array.from({ length: ms }, () => loud));
    this.ear.wake();
    return this;
  }

  interrupt(): void {
    this.#voice = this.#voice.slice(0, this.#left);
    this.ear.flushed();
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += BLOCK_MS) {
      for (let i = 0; i < BLOCK_MS; i++) {
        this.#positionAt.push(this.#left);
        const isSent = this.#left < this.#voice.length;
        this.#leftAt.push(isSent ? (this.#voice[this.#left] ?? false) : false);
        if (isSent) this.#left++;
      }
      await this.clock.advance(BLOCK_MS);
      if (!this.deaf) this.#hear();
    }
  }

  #hear(): void {
    const block = this.#blocks++;
    const toMs = this.clock.nowMs() - this.#options.latencyMs - (this.#options.jitterMs?.(block) ?? 0);
    const isLoud = !this.frozen && this.#leftAt.slice(Math.max(0, toMs - BLOCK_MS), Math.max(0, toMs)).some(Boolean);
    if (!this.frozen) this.said = Math.max(this.said, this.#positionAt[Math.max(0, toMs - 1)] ?? 0);
    this.ear.heard(isLoud, BLOCK_MS);
  }
}

const SENTENCE = [speech(400), pause(120), speech(700), pause(400), speech(300), pause(60), speech(900)];
const SENTENCE_MS = SENTENCE.reduce((sum, { ms }) => sum + ms, 0);

describe("an ear for the pal", () => {
  it.each([0, 40, 200, 700, 1500])("measures how long the pal takes: %d ms", async (latencyMs) => {
    const scene = new Scene({ latencyMs }).says(SENTENCE);
    await scene.pass(6000);
    expect(Math.abs((scene.ear.latencyMs ?? NaN) - latencyMs)).toBeLessThanOrEqual(70);
    expect(scene.reports).toEqual([]);
    expect(scene.clock.pendingTimers).toBe(0);
  });

  it("has no doubt while a pal speaks, whatever its latency, pauses and jitter", async () => {
    const part = fc.oneof(
      fc.integer({ min: 20, max: 1500 }).map(speech),
      fc.integer({ min: 20, max: 2500 }).map(pause),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1500 }),
        fc.array(fc.array(part, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 0, max: 200 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 100 })),
        async (latencyMs, utterances, jitterMs, stream) => {
          const draws = stream[Symbol.iterator]();
          const jitter = (): number => ((draws.next().value as number) * jitterMs) / 100;
          const scene = new Scene({ latencyMs, jitterMs: jitter });
          for (const parts of utterances) {
            scene.says(parts);
            await scene.pass(parts.reduce((sum, { ms }) => sum + ms, 0) + 1000);
          }
          await scene.pass(5000);
          expect(scene.reports).toEqual([]);
          expect(scene.clock.pendingTimers).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("notices a freeze at any moment of an utterance, and knows what was heard before it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1500 }),
        fc.integer({ min: 20, max: SENTENCE_MS - 700 }),
        async (latencyMs, saidMs) => {
          const scene = new Scene({ latencyMs }).says(SENTENCE);
          await scene.pass(8000);
          scene.says(SENTENCE);
          await scene.pass(Math.ceil((saidMs + latencyMs) / BLOCK_MS) * BLOCK_MS);
          scene.frozen = true;
          const frozenMs = scene.clock.nowMs();
          await scene.pass(10_000);
          expect(scene.whats()).toEqual(["held", "silent"]);
          const [held, silent] = scene.reports;
          // The pause in which it may have frozen has 400 ms.
          const pauseMs = 400;
          expect((held?.atMs ?? 0) - frozenMs).toBeLessThanOrEqual(GRACE_MS + pauseMs + 450);
          expect((silent?.atMs ?? 0) - frozenMs).toBeLessThanOrEqual(SILENCE_TIMEOUT_MS + pauseMs + 450);
          expect((silent?.atMs ?? 0) - frozenMs).toBeGreaterThanOrEqual(SILENCE_TIMEOUT_MS - 150);
          const { heardPosition = NaN } = silent ?? {};
          // What is lost in measuring is less than a word, and so is what is repeated.
          expect(scene.countLoud(scene.said, heardPosition)).toBeLessThanOrEqual(130);
          expect(scene.said - heardPosition).toBeLessThanOrEqual(200);
          scene.ear.close();
          expect(scene.clock.pendingTimers).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("notices a freeze before the first word of a call, and that nothing was heard", async () => {
    const scene = new Scene({ latencyMs: 300 });
    scene.frozen = true;
    await scene.pass(1000);
    scene.says([pause(200), ...SENTENCE]);
    await scene.pass(8000);
    expect(scene.whats()).toEqual(["held", "silent"]);
    const [held, silent] = scene.reports;
    expect(held?.atMs).toBeLessThanOrEqual(1200 + UNKNOWN_LATENCY_MS + GRACE_MS + 100);
    expect(silent?.atMs).toBeLessThanOrEqual(1200 + UNKNOWN_LATENCY_MS + SILENCE_TIMEOUT_MS + 100);
    expect(silent?.heardPosition).toBeLessThanOrEqual(200);
  });

  it("goes on as if nothing had been when the sound is back in time", async () => {
    const scene = new Scene({ latencyMs: 300 }).says(SENTENCE);
    await scene.pass(6000);
    scene.says([speech(4000)]);
    await scene.pass(1000);
    scene.frozen = true;
    await scene.pass(1500);
    expect([scene.whats(), scene.held]).toEqual([["held"], true]);
    scene.frozen = false;
    await scene.pass(8000);
    expect([scene.whats(), scene.held]).toEqual([["held", "released"], false]);
    expect(scene.clock.pendingTimers).toBe(0);
  });

  it("says where the pal was when it leaves in mid-word", async () => {
    const scene = new Scene({ latencyMs: 600 }).says(SENTENCE);
    await scene.pass(6000);
    scene.says([speech(3000)]);
    await scene.pass(1600);
    expect(Math.abs((scene.ear.heardPosition() ?? NaN) - scene.said)).toBeLessThanOrEqual(80);
    expect(scene.said).toBeLessThan(SENTENCE_MS + 1100);
  });

  it("says that all was heard when the pal leaves after it has finished", async () => {
    const scene = new Scene({ latencyMs: 600 }).says(SENTENCE);
    await scene.pass(SENTENCE_MS + 1400);
    expect(scene.ear.heardPosition()).toBe(SENTENCE_MS);
  });

  it("knows nothing until it hears the first block, and says nothing", async () => {
    const scene = new Scene({ latencyMs: 300 });
    scene.deaf = true;
    scene.says([speech(8000)]);
    await scene.pass(12_000);
    expect([scene.reports, scene.ear.heardPosition()]).toEqual([[], undefined]);
    expect(scene.clock.pendingTimers).toBe(0);
  });

  it("takes the pal's events for sound", async () => {
    const scene = new Scene({ latencyMs: 300 });
    scene.frozen = true;
    scene.says([speech(2500)]);
    await scene.pass(1500);
    for (let i = 0; i < 4; i++) {
      scene.ear.reportedSpeech();
      await scene.pass(1500);
    }
    expect(scene.whats()).not.toContain("silent");
    expect(scene.clock.pendingTimers).toBe(0);
  });

  it("expects nothing of what was interrupted", async () => {
    const scene = new Scene({ latencyMs: 300 });
    await scene.pass(100);
    scene.frozen = true;
    scene.says([speech(5000)]);
    await scene.pass(2500);
    expect(scene.held).toBe(true);
    scene.interrupt();
    expect(scene.held).toBe(false);
    await scene.pass(8000);
    expect(scene.whats()).toEqual(["held", "released"]);
  });

  it("expects nothing while the voice has another route, and hears that a silent pal speaks again", async () => {
    const scene = new Scene({ latencyMs: 300 });
    await scene.pass(100);
    scene.frozen = true;
    scene.says([speech(2000)]);
    await scene.pass(8000);
    expect(scene.whats()).toEqual(["held", "silent"]);
    scene.ear.rest();
    scene.says([speech(2000)]);
    await scene.pass(6000);
    expect(scene.clock.pendingTimers).toBe(0);
    scene.frozen = false;
    for (let i = 0; i < 12; i++) scene.ear.heard(true, BLOCK_MS);
    expect(scene.whats()).toEqual(["held", "silent", "heardAgain"]);
    scene.ear.watch();
    scene.says(SENTENCE);
    await scene.pass(8000);
    expect(scene.whats()).toEqual(["held", "silent", "heardAgain"]);
  });

  it("does not mistake a stall of this process for silence of the pal", async () => {
    const scene = new Scene({ latencyMs: 200 }).says(SENTENCE);
    await scene.pass(6000);
    scene.says([speech(10_000)]);
    await scene.pass(1000);
    scene.deaf = true;
    // Nothing runs for 5 s; then the timers run before the sound that has arrived.
    const advance = scene.clock.advance.bind(scene.clock);
    const stalled = scene.clock as { nowMs(): number };
    const nowMs = stalled.nowMs.bind(scene.clock);
    let skewMs = 0;
    stalled.nowMs = () => nowMs() + skewMs;
    skewMs = 5000;
    await advance(60);
    scene.ear.heard(true, BLOCK_MS);
    await advance(100);
    expect(scene.whats()).toEqual([]);
    scene.ear.close();
  });

  it("only holds when the time-out is off", async () => {
    const scene = new Scene({ latencyMs: 200, silenceTimeoutMs: 0 });
    await scene.pass(100);
    scene.frozen = true;
    scene.says([speech(3000)]);
    await scene.pass(10_000);
    expect(scene.whats()).toEqual(["held"]);
    scene.ear.close();
  });
});
