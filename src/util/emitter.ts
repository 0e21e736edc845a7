import { EventEmitter } from "eventemitter3";

import { asError } from "./errors.ts";
import { isThenable } from "./thenable.ts";

/** Event name → labelled tuple of what its listeners get. */
export type EventMap = Record<string, unknown[]>;

type Listener<A extends unknown[]> = (...args: A) => unknown;

export type ListenerFailure = (error: Error, event: string) => void;

/**
 * A typed emitter whose listeners cannot break the one who emits: a listener that throws, or whose promise rejects, is
 * reported to `onListenerError` and the other listeners still run.
 */
export class SafeEmitter<E extends EventMap> {
  readonly #emitter = new EventEmitter();
  readonly #onceByListener = new WeakMap<object, (...args: never[]) => unknown>();
  readonly #onListenerError: ListenerFailure;

  constructor(onListenerError: ListenerFailure) {
    this.#onListenerError = onListenerError;
  }

  on<K extends keyof E & string>(event: K, listener: Listener<E[K]>): this {
    this.#emitter.on(event, listener);
    return this;
  }

  once<K extends keyof E & string>(event: K, listener: Listener<E[K]>): this {
    // Not the emitter's own: `emit` below calls the listeners itself, to catch what each of them throws.
    const once: Listener<E[K]> = (...args) => {
      this.#emitter.off(event, once);
      return listener(...args);
    };
    this.#onceByListener.set(listener, once);
    return this.on(event, once);
  }

  off<K extends keyof E & string>(event: K, listener: Listener<E[K]>): this {
    this.#emitter.off(event, listener);
    const once = this.#onceByListener.get(listener);
    if (once) this.#emitter.off(event, once as Listener<unknown[]>);
    return this;
  }

  emit<K extends keyof E & string>(event: K, ...args: E[K]): void {
    for (const listener of this.#emitter.listeners(event) as Listener<E[K]>[]) {
      try {
        const result = listener(...args);
        if (isThenable(result)) {
          result.then(undefined, (thrown: unknown) => {
            this.#onListenerError(asError(thrown), event);
          });
        }
      } catch (thrown) {
        this.#onListenerError(asError(thrown), event);
      }
    }
  }

  listenerCount(event: keyof E & string): number {
    return this.#emitter.listenerCount(event);
  }

  removeAllListeners(): void {
    this.#emitter.removeAllListeners();
  }
}
