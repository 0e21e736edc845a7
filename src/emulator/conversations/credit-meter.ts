import type { Clock, TimerHandle } from "../../util/clock.ts";

/** The account's conversation seconds. Every open conversation consumes them concurrently. */
export class CreditMeter {
  readonly #clock: Clock;
  readonly #onEmpty: () => void;
  #leftS: number;
  #open = 0;
  #countedMs: number;
  #timer: TimerHandle = undefined;

  /** `onEmpty` is called when they have run out. */
  constructor(clock: Clock, creditsS: number, onEmpty: () => void) {
    this.#clock = clock;
    this.#leftS = creditsS;
    this.#onEmpty = onEmpty;
    this.#countedMs = clock.nowMs();
  }

  /** Seconds left at this moment. */
  get leftS(): number {
    const usedS = (this.#open * (this.#clock.nowMs() - this.#countedMs)) / 1000;
    return Math.max(0, this.#leftS - usedS);
  }

  set leftS(seconds: number) {
    this.#change(0);
    this.#leftS = seconds;
    this.#watch();
  }

  started(): void {
    this.#change(1);
  }

  stopped(): void {
    this.#change(-1);
  }

  #change(by: 1 | 0 | -1): void {
    this.#leftS = this.leftS;
    this.#countedMs = this.#clock.nowMs();
    this.#open += by;
    this.#watch();
  }

  #watch(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    // A timer of more than 24 days would fire at once; the durations of calls end them long before.
    const leftMs = (this.#leftS * 1000) / this.#open;
    if (this.#open === 0 || leftMs > 2 ** 31 - 1) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.leftS = 0;
      this.#onEmpty();
    }, leftMs);
  }
}
