import { EventEmitter } from "eventemitter3";

import { asError } from "./errors.ts";
import { isThenable } from "./thenable.ts";

/** Maps each event name to the labelled tuple of its listeners' arguments. */
export type EventMap = Record<string, unknown[]>;

/** Receives what a listener of `event` threw or rejected with. */
export type ListenerFailure = (error: Error, event: string) => void;

/**
 * A typed emitter whose listeners cannot break the emitting code: when a listener throws or its promise rejects, the
 * error is passed to `onListenerError` and the other listeners still run.
 */
export class SafeEmitter<E extends EventMap> {
  readonly #emitter = new EventEmitter();
  readonly #onceByListener = new WeakMap<object, (...args: never[]) => unknown>();
  readonly #onListenerError: ListenerFailure;

  constructor(onListenerError: ListenerFailure) {
    this.#onListenerError = onListenerError;
  }

  /** Adds a listener. */
  on<K extends keyof E & string>(event: K, listener: (...args: E[K]) => unknown): this {
    this.#emitter.on(event, listener);
    return this;
  }

  /** Adds a listener that is removed before its first call. */
  once<K extends keyof E & string>(event: K, listener: (...args: E[K]) => unknown): this {
    // Not EventEmitter's `once`: `emit` below calls the listeners itself, to catch what each of them throws.
    const once: (...args: E[K]) => unknown = (...args) => {
      this.#emitter.off(event, once);
      return listener(...args);
    };
    this.#onceByListener.set(listener, once);
    return this.on(event, once);
  }

  /** Removes a listener that `on` or `once` added. */
  off<K extends keyof E & string>(event: K, listener: (...args: E[K]) => unknown): this {
    this.#emitter.off(event, listener);
    const once = this.#onceByListener.get(listener);
    if (once) this.#emitter.off(event, once as (...args: unknown[]) => unknown);
    return this;
  }

  /** Calls the listeners in the order in which they were added. Never throws, and awaits none of them. */
  emit<K extends keyof E & string>(event: K, ...args: E[K]): void {
    this.#call(event, args);
  }

  /** Like `emit`, and resolves when the promises that the listeners returned have settled. Never rejects. */
  async emitAndWait<K extends keyof E & string>(event: K, ...args: E[K]): Promise<void> {
    await Promise.all(this.#call(event, args));
  }

  /** The number of listeners for an event. */
  listenerCount(event: keyof E & string): number {
    return this.#emitter.listenerCount(event);
  }

  /** Removes every listener of every event. */
  removeAllListeners(): void {
    this.#emitter.removeAllListeners();
  }

  /** Returns what asynchronous listeners have still to do; none of it rejects. */
  #call<K extends keyof E & string>(event: K, args: E[K]): PromiseLike<void>[] {
    const pending: PromiseLike<void>[] = [];
    const failed = (thrown: unknown): void => this.#onListenerError(asError(thrown), event);
    for (const listener of this.#emitter.listeners(event) as ((...args: E[K]) => unknown)[]) {
      try {
        const result = listener(...args);
        if (isThenable(result)) pending.push(result.then(() => undefined, failed));
      } catch (thrown) {
        failed(thrown);
      }
    }
    return pending;
  }
}
