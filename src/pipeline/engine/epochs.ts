import { Epoch } from "./epoch.ts";
import type { ProcessorServices } from "./processor-services.ts";

/** What a handler's `broadcastInterruption` drops in the processor before the InterruptionFrames leave. */
export interface InterruptionScope {
  /** Drops what waits. The calling handler is the one that runs, and it continues. */
  dropWaiting(): void;
  /** Drops what waits and aborts the interruptible handler. */
  interrupt(): void;
}

/** The three epochs of a processor. Each handler runs in one of them. */
export class Epochs {
  /** System and uninterruptible handlers; lasts until cancel. */
  readonly lifetime: Epoch;
  /** The handler of the CancelFrame itself; lasts until its deadline. It cannot interrupt: nothing is left to drop. */
  readonly cancel: Epoch;
  readonly #services: ProcessorServices;
  readonly #scope: InterruptionScope;
  #current: Epoch;

  constructor(services: ProcessorServices, scope: InterruptionScope) {
    this.#services = services;
    this.#scope = scope;
    this.lifetime = new Epoch(services, () => {
      scope.interrupt();
    });
    this.cancel = new Epoch(services);
    this.#current = this.#newEpoch();
  }

  /** Interruptible handlers; replaced at every interruption. */
  get current(): Epoch {
    return this.#current;
  }

  /** Ends the current epoch and begins the next. */
  replaceCurrent(reason: Error): void {
    this.#current.end(reason);
    this.#current = this.#newEpoch();
  }

  /** Ends all handlers' epochs but that of the CancelFrame. */
  endAllButCancel(reason: Error): void {
    this.#current.end(reason);
    this.lifetime.end(reason);
  }

  #newEpoch(): Epoch {
    return new Epoch(this.#services, () => {
      this.#scope.dropWaiting();
    });
  }
}
