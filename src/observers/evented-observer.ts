import { type EventMap, SafeEmitter } from "../util/emitter.ts";
import type { Logger } from "../util/logger.ts";
import { safeLogger } from "../util/safe-logger.ts";

export interface EventedObserverOptions {
  /** Told of listeners that throw. Default: warnings and errors to standard error. */
  readonly logger?: Logger;
}

/** An observer that tells what it found by typed events. A listener that throws is logged; the others still run. */
export abstract class EventedObserver<E extends EventMap> {
  readonly #events: SafeEmitter<E>;

  constructor(options: EventedObserverOptions = {}) {
    const logger = safeLogger(options.logger);
    this.#events = new SafeEmitter((error, event) => {
      logger.error(`A listener of the observer's "${event}" event threw.`, { error });
    });
  }

  on<K extends keyof E & string>(event: K, listener: (...args: E[K]) => unknown): this {
    this.#events.on(event, listener);
    return this;
  }

  once<K extends keyof E & string>(event: K, listener: (...args: E[K]) => unknown): this {
    this.#events.once(event, listener);
    return this;
  }

  off<K extends keyof E & string>(event: K, listener: (...args: E[K]) => unknown): this {
    this.#events.off(event, listener);
    return this;
  }

  protected emit<K extends keyof E & string>(event: K, ...args: E[K]): void {
    this.#events.emit(event, ...args);
  }
}
