import type { Clock, TimerHandle } from "../util/clock.ts";

/** Duration of the blocks in which libwebrtc takes audio. */
export const TICK_MS = 10;

/**
 * How late a tick may be and still be made up for in one burst; a longer delay is skipped. Skipped media time stays
 * lost: to the receiver every later packet is late by that much, and it delays playback by as much for half a minute or
 * more. The receiver copes with a burst, up to the two seconds that libwebrtc's jitter buffer holds.
 */
const MAX_CATCH_UP_MS = 1500;

/**
 * Calls its listeners once every 10 ms, on a schedule that does not drift. All sources of a process share one ticker.
 */
export class AudioTicker {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #timer: TimerHandle;
  #nextMs = 0;
  /** Time skipped because the event loop stalled, in ms; for diagnostics. */
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
    if (lateMs > MAX_CATCH_UP_MS) {
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
