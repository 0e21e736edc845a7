import type { Frame } from "../../frames/index.ts";
import type { TimerHandle } from "../../util/clock.ts";
import type { ProcessorServices } from "./processor-services.ts";

/** How long an aborted handler may take to return before it is reported. */
export const ABANDONED_AFTER_MS = 1000;

/** An asynchronous handler that has not returned yet. */
export interface HandlerRun {
  readonly frame: Frame;
}

/** Handlers that were aborted and have not returned yet. They use time and money for a result that is dropped. */
export class AbandonedHandlers {
  readonly #services: ProcessorServices;
  /** Each with the timer of its warning. */
  readonly #timers = new Map<HandlerRun, TimerHandle>();

  constructor(services: ProcessorServices) {
    this.#services = services;
  }

  /** Kinds of the frames they work on. */
  get frameKinds(): string[] {
    return [...this.#timers.keys()].map((run) => run.frame.kind);
  }

  /** Names the handler in a warning if it does not heed its signal. */
  watch(run: HandlerRun): void {
    if (this.#timers.has(run)) return;
    const timer = this.#services.clock().setTimeout(() => {
      const what = `${this.#services.name} still handles a ${run.frame.kind} ${ABANDONED_AFTER_MS} ms after it was aborted.`;
      this.#services.logger().warn(`${what} Pass ctx.signal to what it waits for.`);
    }, ABANDONED_AFTER_MS);
    this.#timers.set(run, timer);
  }

  /** The handler has returned after all. */
  returned(run: HandlerRun): void {
    if (!this.#timers.has(run)) return;
    this.#services.clock().clearTimeout(this.#timers.get(run));
    this.#timers.delete(run);
  }
}
