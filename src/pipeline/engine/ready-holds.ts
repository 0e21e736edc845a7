import type { Clock } from "../../util/clock.ts";
import type { Logger } from "../../util/logger.ts";
import { asError } from "../../util/errors.ts";

/** Reasons for which a processor handles nothing at all for a while; each is lifted by itself and ends in time. */
export class ReadyHolds {
  readonly #processor: string;
  readonly #onLifted: () => void;
  readonly #holds = new Set<() => void>();

  /** `onLifted` is called whenever one of them is lifted; others may remain. */
  constructor(processor: string, onLifted: () => void) {
    this.#processor = processor;
    this.#onLifted = onLifted;
  }

  get any(): boolean {
    return this.#holds.size > 0;
  }

  until(ready: Promise<unknown>, timeoutMs: number, clock: Clock, logger: Logger): void {
    const lift = (): void => {
      clock.clearTimeout(timer);
      if (this.#holds.delete(lift)) this.#onLifted();
    };
    const timer = clock.setTimeout(() => {
      logger.warn(`${this.#processor} was not ready within ${timeoutMs} ms; its frames go on without that.`);
      lift();
    }, timeoutMs);
    this.#holds.add(lift);
    ready.then(lift, (thrown: unknown) => {
      if (this.#holds.has(lift)) {
        const error = asError(thrown);
        logger.warn(`${this.#processor} did not get ready: ${error.message} Its frames go on without that.`, { error });
        lift();
      }
    });
  }

  liftAll(): void {
    for (const lift of [...this.#holds]) lift();
  }
}
