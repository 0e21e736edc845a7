import type { FrameProcessor } from "../../pipeline/index.ts";
import { SafeEmitter, type EventMap, type ListenerFailure } from "../../util/emitter.ts";

/** A transport as an application sees it: two processors for its pipeline, and the events in `E`. */
export abstract class BaseTransport<E extends EventMap> {
  /** Emits the transport's events. */
  protected readonly emitter: SafeEmitter<E>;

  /** `onListenerError` takes what a listener throws, so that it harms neither the transport nor other listeners. */
  constructor(onListenerError: ListenerFailure) {
    this.emitter = new SafeEmitter<E>(onListenerError);
  }

  /** The source of what users say: the first processor of a pipeline. Every call returns the same object. */
  abstract input(): FrameProcessor;

  /** The sink of what the bot says. Place it before the assistant aggregator. Every call returns the same object. */
  abstract output(): FrameProcessor;

  /** Adds a listener for an event. */
  on<K extends keyof E & string>(event: K, listener: (...args: E[K]) => unknown): this {
    this.emitter.on(event, listener);
    return this;
  }

  /** Adds a listener for the next event of this name only. */
  once<K extends keyof E & string>(event: K, listener: (...args: E[K]) => unknown): this {
    this.emitter.once(event, listener);
    return this;
  }

  /** Removes a listener. */
  off<K extends keyof E & string>(event: K, listener: (...args: E[K]) => unknown): this {
    this.emitter.off(event, listener);
    return this;
  }
}
