import type { Frame, FrameDirection } from "../frames/index.ts";
import { asError } from "../util/errors.ts";
import type { Logger } from "../util/logger.ts";

export interface PushEvent {
  /** Name of the processor that pushed. */
  readonly source: string;
  /** Name of the neighbour that gets it. */
  readonly destination: string;
  readonly frame: Frame;
  readonly direction: FrameDirection;
  /** Pipeline clock. */
  readonly timeMs: number;
}

export interface ProcessEvent {
  readonly processor: string;
  readonly frame: Frame;
  readonly direction: FrameDirection;
  /** Pipeline clock. */
  readonly timeMs: number;
}

/** Watches frames without being part of the pipeline. Called inline: be quick. A throw is caught and counted. */
export interface Observer {
  onPush?(event: PushEvent): void;
  onProcess?(event: ProcessEvent): void;
}

/** After so many throws in all, an observer is removed. */
const MAX_FAILURES = 10;

/** The observers of one task; can be added and removed while it runs. */
export class ObserverHub {
  readonly #failures = new Map<Observer, number>();
  readonly #logger: Logger;

  constructor(logger: Logger, observers: readonly Observer[] = []) {
    this.#logger = logger;
    for (const observer of observers) {
      this.add(observer);
    }
  }

  /** Whether it is worth while to build an event. */
  get active(): boolean {
    return this.#failures.size > 0;
  }

  add(observer: Observer): void {
    if (!this.#failures.has(observer)) {
      this.#failures.set(observer, 0);
    }
  }

  remove(observer: Observer): void {
    this.#failures.delete(observer);
  }

  push(event: PushEvent): void {
    this.#tell((observer) => observer.onPush?.(event));
  }

  process(event: ProcessEvent): void {
    this.#tell((observer) => observer.onProcess?.(event));
  }

  #tell(call: (observer: Observer) => void): void {
    for (const observer of this.#failures.keys()) {
      try {
        call(observer);
      } catch (thrown) {
        this.#failed(observer, asError(thrown));
      }
    }
  }

  #failed(observer: Observer, error: Error): void {
    const failures = (this.#failures.get(observer) ?? 0) + 1;
    this.#failures.set(observer, failures);
    if (failures === 1) {
      this.#logger.warn("An observer threw; it stays as long as that is rare.", { error });
    }
    if (failures >= MAX_FAILURES) {
      this.#failures.delete(observer);
      this.#logger.error(`An observer threw ${failures} times and was removed.`, { error });
    }
  }
}
