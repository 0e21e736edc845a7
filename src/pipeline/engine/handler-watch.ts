import type { Frame } from "../../frames/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";
import type { Logger } from "../../util/logger.ts";

/** How long an aborted handler may take to return before it is reported. */
export const ABANDONED_AFTER_MS = 1000;

/** An asynchronous handler that has not returned yet. */
export interface HandlerRun {
  readonly frame: Frame;
  /** Set once the handler has been aborted. */
  abandonedTimer?: TimerHandle;
}

/** Handlers that were aborted and have not returned yet. They use time and money for a void result. */
export class AbandonedHandlers {
  readonly #processor: string;
  readonly #runs = new Set<HandlerRun>();

  constructor(processor: string) {
    this.#processor = processor;
  }

  /** Kinds of the frames they work on. */
  get frameKinds(): string[] {
    return [...this.#runs].map((run) => run.frame.kind);
  }

  /** Names the handler in a warning if it does not heed its signal. */
  watch(run: HandlerRun, clock: Clock, logger: Logger): void {
    if (this.#runs.has(run)) return;

    this.#runs.add(run);
    run.abandonedTimer = clock.setTimeout(() => {
      const what = `${this.#processor} still handles a ${run.frame.kind} ${ABANDONED_AFTER_MS} ms after it was aborted.`;
      logger.warn(`${what} Pass ctx.signal to what it waits for.`);
    }, ABANDONED_AFTER_MS);
  }

  /** The handler has returned after all. */
  returned(run: HandlerRun, clock: Clock): void {
    if (this.#runs.delete(run)) clock.clearTimeout(run.abandonedTimer);
  }
}
