import type { Clock, TimerHandle } from "../util/clock.ts";

/** The block in which libwebrtc takes audio. */
export const TICK_MS = 10;

/**
 * How late a tick may be and still be made up for at once; what is longer is skipped. Media time that is skipped stays
 * lost: to the receiver every later packet is late by as much, and for half a minute and more it delays what it plays by
 * that. A burst it takes in its stride, up to the two seconds that libwebrtc's jitter buffer holds.
 */
const CATCH_UP_AT_MOST_MS = 1500;

/** Calls its listeners once for every 10 ms that pass, on a schedule that does not drift. One for all sources of a process. */
export class AudioTicker {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #timer: TimerHandle;
  #nextMs = 0;
  /** Time skipped by stalls of the event loop, in ms; for diagnostics. */
  skippedMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(listener: () => void): void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) {
      this.#nextMs = this.#clock.nowMs() + TICK_MS;
      this.#schedule();
    }
  }

  remove(listener: () => void): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#clock.clearTimeout(this.#timer);
  }

  #schedule(): void {
    // Node's timers are whole milliseconds and never early: aim at the millisecond before.
    const delayMs = Math.max(0, Math.floor(this.#nextMs - this.#clock.nowMs()));
    this.#timer = this.#clock.setTimeout(() => {
      this.#tick();
    }, delayMs);
  }

  #tick(): void {
    const now = this.#clock.nowMs();
    const lateMs = now - this.#nextMs;
    if (lateMs > CATCH_UP_AT_MOST_MS) {
      this.skippedMs += lateMs;
      this.#nextMs = now;
    }
    while (this.#nextMs <= now) {
      this.#nextMs += TICK_MS;
      for (const listener of this.#listeners) listener();
    }
    if (this.#listeners.size > 0) this.#schedule();
  }
}
