/** Duration of the blocks in which libwebrtc takes audio. */
export const TICK_MS = 10;

/**
 * A tick this early is on time. Timers are whole milliseconds, so one that aims at a tick may fire in the millisecond before
 * it; another timer for the rest would cost a second wake-up per tick, and in a page 4 ms: the least that a browser allows
 * a timer that was set by a timer.
 */
const EARLY_MS = 1;

/** When to send the blocks of 10 ms: an absolute schedule, so that timers that fire late do not add up. */
export class TickSchedule {
  readonly #maxCatchUpMs: number;
  #nextMs: number;
  #skippedMs = 0;

  /** The first tick is 10 ms after `nowMs`. `maxCatchUpMs`: ticks that are later than this are skipped, not made up for. */
  constructor(nowMs: number, maxCatchUpMs: number) {
    this.#nextMs = nowMs + TICK_MS;
    this.#maxCatchUpMs = maxCatchUpMs;
  }

  /** Time that was skipped because nobody took ticks, in ms. */
  get skippedMs(): number {
    return this.#skippedMs;
  }

  /** Begins again: the next tick is 10 ms after `nowMs`, and nothing is made up for. */
  restart(nowMs: number): void {
    this.#nextMs = nowMs + TICK_MS;
  }

  /** Takes the ticks that are due, and returns how many. */
  take(nowMs: number): number {
    const lateMs = nowMs - this.#nextMs;
    if (lateMs > this.#maxCatchUpMs) {
      this.#skippedMs += lateMs;
      this.#nextMs = nowMs;
    }
    let due = 0;
    for (; this.#nextMs <= nowMs + EARLY_MS; due++) this.#nextMs += TICK_MS;
    return due;
  }

  /** The delay of a timer for the next tick, in whole milliseconds. */
  delayMs(nowMs: number): number {
    return Math.max(0, Math.floor(this.#nextMs - nowMs));
  }
}
