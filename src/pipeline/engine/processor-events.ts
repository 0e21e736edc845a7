import type { ErrorFrame, Frame, FrameDirection } from "../../frames/index.ts";
import { type EventMap, SafeEmitter } from "../../util/emitter.ts";
import type { Logger } from "../../util/logger.ts";

/**
 * The events of every processor. Listeners are called inline, in the order they were added; promises they return are not
 * awaited. The four frame events are emitted once per frame (or per push) and cost nothing without a listener.
 */
export type FrameProcessorEvents = {
  /** Just before the handler gets the frame. */
  beforeProcess: [frame: Frame, direction: FrameDirection];
  /** The handler has returned, or its promise has settled, also when it failed. */
  afterProcess: [frame: Frame, direction: FrameDirection];
  /** Just before the neighbour gets the frame. */
  beforePush: [frame: Frame, direction: FrameDirection];
  /** The neighbour has taken the frame; it need not have handled it. */
  afterPush: [frame: Frame, direction: FrameDirection];
  /** The processor reports an error. Emitted before the error travels upstream. */
  error: [frame: ErrorFrame];
  /** False: a permanent error has happened, the processor can do no more work. True: its settings have changed since. */
  usableChanged: [usable: boolean];
};

const FRAME_EVENTS = ["beforeProcess", "afterProcess", "beforePush", "afterPush"] as const;

type Listener = (...args: never[]) => unknown;

/** The events of one processor. Most processors have no listener, so the emitter is made for the first one. */
export class ProcessorEvents {
  readonly #processor: string;
  readonly #logger: () => Logger;
  readonly #reported = new Set<string>();
  #emitter: SafeEmitter<EventMap> | undefined;
  #watched = false;

  constructor(processor: string, logger: () => Logger) {
    this.#processor = processor;
    this.#logger = logger;
  }

  /** Whether the events that are emitted for every frame have a listener. */
  get watched(): boolean {
    return this.#watched;
  }

  on(event: string, listener: Listener): void {
    this.#getEmitter().on(event, listener as (...args: unknown[]) => unknown);
    this.#refreshWatched();
  }

  once(event: string, listener: Listener): void {
    this.#getEmitter().once(event, listener as (...args: unknown[]) => unknown);
    this.#refreshWatched();
  }

  off(event: string, listener: Listener): void {
    this.#emitter?.off(event, listener as (...args: unknown[]) => unknown);
    this.#refreshWatched();
  }

  emit(event: string, ...args: unknown[]): void {
    this.#emitter?.emit(event, ...args);
  }

  #getEmitter(): SafeEmitter<EventMap> {
    this.#emitter ??= new SafeEmitter<EventMap>((error, event) => {
      // Once: a failing listener of a frame event would fill the log.
      if (!this.#reported.has(event)) {
        this.#reported.add(event);
        const what = `A listener of ${this.#processor}'s "${event}" event threw`;
        this.#logger().error(`${what}: ${error.message} Later failures of it are not logged.`, { error });
      }
    });
    return this.#emitter;
  }

  #refreshWatched(): void {
    const emitter = this.#emitter;
    this.#watched = FRAME_EVENTS.some((event) => (emitter?.listenerCount(event) ?? 0) > 0);
  }
}
