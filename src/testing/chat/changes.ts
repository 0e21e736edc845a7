import type { Clock } from "../../util/clock.ts";

interface Wait {
  readonly check: () => boolean;
  readonly settle: (holds: boolean) => void;
}

/** Waits for conditions over a state that reports its changes. */
export class Changes {
  readonly #clock: Clock;
  readonly #waits = new Set<Wait>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves with true as soon as the condition holds, with false after the time, or at once when the signal aborts. */
  wait(check: () => boolean, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    if (check()) return Promise.resolve(true);
    if (signal?.aborted === true || timeoutMs <= 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (holds: boolean): void => {
        this.#clock.clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        this.#waits.delete(wait);
        resolve(holds);
      };
      const abort = (): void => settle(false);
      const wait: Wait = { check, settle };
      const timer = this.#clock.setTimeout(() => settle(check()), timeoutMs);
      signal?.addEventListener("abort", abort);
      this.#waits.add(wait);
    });
  }

  /** The state has changed. */
  report(): void {
    for (const { check, settle } of [...this.#waits]) if (check()) settle(true);
  }

  /** Nothing will change any more: what does not hold now never will. */
  end(): void {
    for (const { check, settle } of [...this.#waits]) settle(check());
  }
}
