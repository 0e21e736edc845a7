import { asError } from "../../util/errors.ts";
import type { ProcessorServices } from "./processor-services.ts";

/** Reasons for which a processor handles nothing at all for a while. Each lifts itself, at the latest after its timeout. */
export class ReadyHolds {
  readonly #services: ProcessorServices;
  readonly #onLifted: () => void;
  readonly #holds = new Set<() => void>();

  /** `onLifted` is called whenever one of them is lifted; others may remain. */
  constructor(services: ProcessorServices, onLifted: () => void) {
    this.#services = services;
    this.#onLifted = onLifted;
  }

  get any(): boolean {
    return this.#holds.size > 0;
  }

  until(ready: Promise<unknown>, timeoutMs: number): void {
    const { name } = this.#services;
    const clock = this.#services.clock();
    const logger = this.#services.logger();
    const lift = (): void => {
      clock.clearTimeout(timer);
      if (this.#holds.delete(lift)) this.#onLifted();
    };
    const timer = clock.setTimeout(() => {
      logger.warn(`${name} was not ready within ${timeoutMs} ms; resuming its frames without that.`);
      lift();
    }, timeoutMs);
    this.#holds.add(lift);
    ready.then(lift, (thrown: unknown) => {
      if (this.#holds.has(lift)) {
        const error = asError(thrown);
        logger.warn(`${name} did not get ready: ${error.message} Resuming its frames without that.`, { error });
        lift();
      }
    });
  }

  liftAll(): void {
    for (const lift of [...this.#holds]) lift();
  }
}
