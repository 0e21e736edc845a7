import { describe, expect, it } from "vitest";

import { ReturnedVoice } from "../../../../src/transport/tavus/video-service/returned-voice.ts";

const RATE = 24_000;
const BLOCK_MS = 20;
const PER_MS = RATE / 1000;

/** A pal that says what it is sent after a while, in blocks of 20 ms; and the account of that. */
class Loop {
  readonly voice = new ReturnedVoice(RATE, { holds: true });
  latencyMs: number;
  silent = false;
  nowMs = 0;
  /** Whether each 20 ms that was sent are sound. */
  readonly #sent: boolean[] = [];
  #left = 0;

  constructor(latencyMs: number) {
    this.latencyMs = latencyMs;
    this.voice.begin(0);
    this.voice.sent.leftUpTo(0, 0);
  }

  /** Hands over sound, or silence. */
  send(durationMs: number, isSound = true): void {
    const from = this.#sent.length * BLOCK_MS * PER_MS;
    const pcm = new Int16Array(durationMs * PER_MS).fill(isSound ? 5000 : 0);
    this.voice.sent.wrote(pcm, from, this.#left === this.#sent.length);
    for (let ms = 0; ms < durationMs; ms += BLOCK_MS) this.#sent.push(isSound);
  }

  /** Time passes: what was handed over leaves, and returns. */
  run(durationMs: number): void {
    for (let ms = 0; ms < durationMs; ms += BLOCK_MS) {
      this.nowMs += BLOCK_MS;
      if (this.#left < this.#sent.length) this.#left++;
      this.voice.sent.leftUpTo(this.#left * BLOCK_MS * PER_MS, this.nowMs);
      const at = this.#leftAt(this.nowMs - this.latencyMs);
      const sounds = !this.silent && at !== undefined && this.#sent[at] === true;
      const block = { startMs: this.nowMs - BLOCK_MS, durationMs: BLOCK_MS };
      this.voice.returned({ ...block, soundFromMs: sounds ? 0 : undefined });
      this.#history.push(this.#left);
    }
  }

  get heardMs(): number {
    return this.voice.position / PER_MS;
  }

  readonly #history: number[] = [];

  /** Which 20 ms left then. */
  #leftAt(ms: number): number | undefined {
    const index = Math.floor(ms / BLOCK_MS) - 1;
    const [before = 0, left] = [this.#history[index - 1], this.#history[index]];
    return left !== undefined && left > before ? left - 1 : undefined;
  }
}

describe("what has been heard of what was sent to a pal", () => {
  it.each([60, 300, 1200])("follows what returns, after %i ms", (latencyMs) => {
    const loop = new Loop(latencyMs);
    loop.send(1000);
    loop.run(latencyMs);
    expect(loop.heardMs).toBe(0);
    loop.run(500);
    expect(loop.heardMs).toBeGreaterThanOrEqual(440);
    expect(loop.heardMs).toBeLessThanOrEqual(520);
    loop.run(600);
    expect(loop.heardMs).toBe(1000);
    expect(Math.abs((loop.voice.latencyMs ?? NaN) - latencyMs)).toBeLessThanOrEqual(2 * BLOCK_MS);
  });

  it("stands still while sound is missing, and says for how long", () => {
    const loop = new Loop(200);
    loop.send(2000);
    loop.run(700);
    loop.silent = true;
    const heardMs = loop.heardMs;
    loop.run(1000);
    expect(loop.heardMs - heardMs).toBeLessThanOrEqual(2 * BLOCK_MS);
    expect(loop.voice.missingMs(loop.nowMs)).toBeGreaterThanOrEqual(940);
    loop.silent = false;
    loop.run(600);
    expect(loop.voice.missingMs(loop.nowMs)).toBe(0);
    expect(loop.heardMs).toBeGreaterThanOrEqual(1950);
  });

  it("misses nothing in pauses, nor at the faint end of a sound", () => {
    const loop = new Loop(200);
    loop.send(500);
    loop.send(2000, false);
    loop.send(40);
    loop.run(3000);
    expect(loop.voice.missingMs(loop.nowMs)).toBe(0);
    expect(loop.heardMs).toBe(2540);
  });

  it("waits for the end of a pal that has become slower, and learns how slow it is", () => {
    const loop = new Loop(200);
    loop.send(600);
    loop.run(400);
    loop.latencyMs = 500;
    loop.run(500);
    expect(loop.heardMs).toBeLessThan(600);
    loop.send(400, false);
    loop.run(600);
    expect(loop.heardMs).toBeGreaterThanOrEqual(600);
    expect(loop.voice.latencyMs).toBeGreaterThanOrEqual(440);
  });
});
