import type { Clock, TimerHandle } from "../../util/clock.ts";

/** Tavus' background work (training, processing, rendering), as timers that end with the account. */
export class Jobs {
  readonly #clock: Clock;
  readonly #timers = new Set<TimerHandle>();
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  after(delayMs: number, work: () => void): void {
    if (this.#closed) return;
    const timer = this.#clock.setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, delayMs);
    this.#timers.add(timer);
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) this.#clock.clearTimeout(timer);
    this.#timers.clear();
  }
}
