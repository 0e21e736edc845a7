import type { FrameProcessor } from "../../pipeline/index.ts";
import { SafeEmitter, type EventMap, type ListenerFailure } from "../../util/emitter.ts";

/** A transport as an application sees it: two processors for its pipeline, and events. */
export abstract class BaseTransport<E extends EventMap> {
  protected readonly emitter: SafeEmitter<E>;

  constructor(onListenerError: ListenerFailure) {
    this.emitter = new SafeEmitter<E>(onListenerError);
  }

  /** What users say; the first processor of a pipeline. The same object at every call. */
  abstract input(): FrameProcessor;

  /** What the bot says; goes before what remembers the conversation. The same object at every call. */
  abstract output(): FrameProcessor;

  on<K extends keyof E & string>(event: K, listener: (...args: E[K]) => unknown): this {
    this.emitter.on(event, listener);
    return this;
  }

  once<K extends keyof E & string>(event: K, listener: (...args: E[K]) => unknown): this {
    this.emitter.once(event, listener);
    return this;
  }

  off<K extends keyof E & string>(event: K, listener: (...args: E[K]) => unknown): this {
    this.emitter.off(event, listener);
    return this;
  }
}
