import type { Clock, TimerHandle } from "../util/clock.ts";
import { TickSchedule } from "./tick-schedule.ts";

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
  readonly #schedule: TickSchedule;
  readonly #listeners = new Set<() => void>();
  #timer: TimerHandle;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#schedule = new TickSchedule(clock.nowMs(), MAX_CATCH_UP_MS);
  }

  /** Time skipped because the event loop stalled, in ms; for diagnostics. */
  get skippedMs(): number {
    return this.#schedule.skippedMs;
  }

  add(listener: () => void): void {
    this.#listeners.add(listener);
    if (this.#listeners.size > 1) return;
    this.#schedule.restart(this.#clock.nowMs());
    this.#wait();
  }

  remove(listener: () => void): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#clock.clearTimeout(this.#timer);
  }

  #wait(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#tick();
    }, this.#schedule.delayMs(this.#clock.nowMs()));
  }

  #tick(): void {
    const due = this.#schedule.take(this.#clock.nowMs());
    for (let i = 0; i < due; i++) for (const listener of this.#listeners) listener();
    if (this.#listeners.size > 0) this.#wait();
  }
}
