import { type EventMap, SafeEmitter } from "../util/emitter.ts";
import type { Logger } from "../util/logger.ts";
import { safeLogger } from "../util/safe-logger.ts";

/** Options of an observer with events. */
export interface EventedObserverOptions {
  /** Logger for errors of listeners. Default: warnings and errors to standard error. */
  readonly logger?: Logger;
}

/**
 * Base class of observers that report by typed events. An error of a listener is logged, and the other listeners still
 * run.
 */
export abstract class EventedObserver<E extends EventMap> {
  readonly #events: SafeEmitter<E>;

  constructor(options: EventedObserverOptions = {}) {
    const logger = safeLogger(options.logger);
    this.#events = new SafeEmitter((error, event) => {
      logger.error(`A listener of the observer's "${event}" event threw.`, { error });
    });
  }

  /** Adds a listener. */
  on<K extends keyof E & string>(event: K, listener: (...args: E[K]) => unknown): this {
    this.#events.on(event, listener);
    return this;
  }

  /** Adds a listener that is called once. */
  once<K extends keyof E & string>(event: K, listener: (...args: E[K]) => unknown): this {
    this.#events.once(event, listener);
    return this;
  }

  /** Removes a listener. */
  off<K extends keyof E & string>(event: K, listener: (...args: E[K]) => unknown): this {
    this.#events.off(event, listener);
    return this;
  }

  /** Calls the listeners of an event. */
  protected emit<K extends keyof E & string>(event: K, ...args: E[K]): void {
    this.#events.emit(event, ...args);
  }
}
