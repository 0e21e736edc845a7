import {
  type CancelFrame,
  type ErrorCategory,
  ErrorFrame,
  type Frame,
  type FrameDirection,
  InterruptionFrame,
} from "../frames/index.ts";
import { type Clock, systemClock } from "../util/clock.ts";
import type { EventMap } from "../util/emitter.ts";
import { InvalidOptionError } from "../util/errors.ts";
import type { Logger } from "../util/logger.ts";
import { withoutUndefined } from "../util/without-undefined.ts";
import { safeLogger } from "../util/safe-logger.ts";
import { categorizeError } from "./error-category.ts";
import { frameScheduler } from "./engine/frame-scheduler.ts";
import { FrameWorker } from "./engine/frame-worker.ts";
import type { InboxLimits } from "./engine/inbox.ts";
import type { ObserverHub } from "./observing/observer-hub.ts";
import { ProcessorError, ServiceError } from "./pipeline-errors.ts";
import { type FrameProcessorEvents, ProcessorEvents } from "./engine/processor-events.ts";
import { ProcessorMetrics } from "./engine/processor-metrics.ts";
import type {
  FrameReceiver,
  PauseOptions,
  ProcessContext,
  ProcessorSetup,
  ProcessorStats,
  PushErrorOptions,
} from "./processor-types.ts";

export interface FrameProcessorOptions {
  /** For logs and errors. Default: class name and a number. */
  readonly name?: string;
  /** Bounds of what may wait in the processor. */
  readonly limits?: InboxLimits;
}

const instanceCounts = new Map<string, number>();

/** The events of a processor that has none beside those of every processor. */
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- empty is what it means
export type NoEvents = Record<never, never>;

/**
 * One station of a pipeline. Override `process`, and push what should go on: a frame that is not pushed is swallowed,
 * except for Start, End, Stop and Cancel, which always leave exactly once, whatever the handler does.
 *
 * System frames have a lane of their own, data and control frames share another; in each, one frame is handled at a time
 * and in order. A system handler may run while a data handler waits. Frames wait until the StartFrame has been handled.
 *
 * An InterruptionFrame takes effect when it is queued: waiting interruptible frames go, the running interruptible
 * handler's signal aborts and what it still pushes is dropped. Frames behind it wait until it has been handled, so they
 * cannot overtake it.
 *
 * A processor with events of its own names them in `E` and tells them with `emit`.
 */
export abstract class FrameProcessor<E extends EventMap = NoEvents> implements FrameReceiver, AsyncDisposable {
  readonly name: string;
  /** Measures this processor's work; see {@link canGenerateMetrics}. */
  protected readonly metrics: ProcessorMetrics;
  /** Whether frames pass it without a queue, as in a pipeline: such a processor cannot pause. */
  protected readonly direct: boolean = false;
  readonly #events: ProcessorEvents;
  readonly #worker: FrameWorker;
  #next: FrameReceiver | undefined;
  #previous: FrameReceiver | undefined;
  #setup: ProcessorSetup | undefined;
  #observers: ObserverHub | undefined;
  #onFramePushed: ProcessorSetup["onFramePushed"];
  #usable = true;

  constructor(options: FrameProcessorOptions = {}) {
    this.name = options.name ?? numberedName(new.target.name);
    this.#events = new ProcessorEvents(this.name, () => this.logger);
    this.metrics = new ProcessorMetrics({
      name: this.name,
      nowMs: () => this.clock.nowMs(),
      timesWanted: () => this.#setup?.enableMetrics === true && this.canGenerateMetrics(),
      usageWanted: () => this.#setup?.enableUsageMetrics === true && this.canGenerateMetrics(),
      push: (frame) => {
        this.push(frame);
      },
    });
    const surroundings = {
      events: this.#events,
      clock: () => this.clock,
      logger: () => this.logger,
      failed: (frame: Frame, error: Error) => {
        this.pushError(new ProcessorError(this.name, frame.kind, error), this.#judge(error));
      },
      interrupted: () => {
        this.metrics.interrupted();
      },
    };
    this.#worker = new FrameWorker(this, surroundings, options.limits ?? {});
  }

  /** Prepares the processor and makes its connections; all processors do so at once. Call `super.setup(setup)` first. */
  setup(setup: ProcessorSetup): Promise<void> {
    this.#setup = setup;
    this.#observers = setup.observers;
    this.#worker.observers = setup.observers;
    this.#onFramePushed = setup.onFramePushed;
    return Promise.resolve();
  }

  /** Handles every frame, both ways. Default: pushes it on. Work longer than a moment belongs in an async handler. */
  process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    ctx.push(frame, direction);
  }

  /**
   * Releases everything, also after a setup that failed or never came. Idempotent. Always called in the end; override it
   * and call `super.cleanup()`.
   */
  cleanup(): Promise<void> {
    this.#worker.close();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cleanup();
  }

  /** Listens to this processor. Listeners are called inline; one that throws is logged and breaks nothing. */
  on<K extends keyof (FrameProcessorEvents & E) & string>(
    event: K,
    listener: (...args: (FrameProcessorEvents & E)[K]) => unknown,
  ): this {
    this.#events.on(event, listener);
    return this;
  }

  once<K extends keyof (FrameProcessorEvents & E) & string>(
    event: K,
    listener: (...args: (FrameProcessorEvents & E)[K]) => unknown,
  ): this {
    this.#events.once(event, listener);
    return this;
  }

  off<K extends keyof (FrameProcessorEvents & E) & string>(
    event: K,
    listener: (...args: (FrameProcessorEvents & E)[K]) => unknown,
  ): this {
    this.#events.off(event, listener);
    return this;
  }

  /** Whether it can do its work: false after a permanent error, until its settings change. */
  get usable(): boolean {
    return this.#usable;
  }

  /** Hands a frame to the neighbour. For code outside a handler; inside one use `ctx.push`, which knows its epoch. */
  push(frame: Frame, direction: FrameDirection = "downstream"): void {
    if (!this.#worker.mayLeave(frame)) return;

    const neighbour = direction === "downstream" ? this.#next : this.#previous;
    if (neighbour === undefined) return;

    this.#onFramePushed?.(frame, direction);
    if (this.#observers?.watchesPush) {
      const timeMs = frameScheduler.eventTimeMs(this.clock);
      this.#observers.push({ source: this.name, destination: neighbour.name, frame, direction, timeMs });
    }
    if (!this.#events.watched) {
      neighbour.queueFrame(frame, direction);
      return;
    }
    this.#events.emit("beforePush", frame, direction);
    neighbour.queueFrame(frame, direction);
    this.#events.emit("afterPush", frame, direction);
  }

  /**
   * Reports an error upstream, to the task's `error` event. A permanent one makes the processor unusable, before any
   * listener receives it. An error is permanent only where that was said: by `permanent`, by a `category`, by
   * `classifyError` or by a {@link ServiceError}. An HTTP status alone says that one request has failed.
   */
  pushError(error: Error, options: PushErrorOptions = {}): void {
    const judged = options.category === undefined ? this.#judge(error) : {};
    const frame = new ErrorFrame(error, { ...judged, ...withoutUndefined(options), processor: this.name });
    if (frame.permanent) this.#setUsable(false);

    this.#events.emit("error", frame);
    this.push(frame, "upstream");
  }

  /** Pushes two frames, made by two calls of `make`, downstream and then upstream; each knows the other's id. */
  broadcast(make: () => Frame): void {
    const down = make();
    const up = make();
    if (down === up) throw new InvalidOptionError("make", "must return a new frame at every call.");

    down.broadcastSiblingId = up.id;
    up.broadcastSiblingId = down.id;
    this.push(down, "downstream");
    this.push(up, "upstream");
  }

  /** Pushes a copy of the frame both ways: same fields, pts, metadata and destination; each knows the other's id. */
  broadcastCopy(frame: Frame): void {
    this.broadcast(() => frame.copy());
  }

  /**
   * Interrupts the whole pipeline from here. This aborts this processor's own running handler too; a handler that wants
   * to go on calls `ctx.broadcastInterruption`.
   */
  broadcastInterruption(): void {
    this.#worker.interrupt();
    this.broadcast(() => new InterruptionFrame());
  }

  /** What neighbours call. Returns at once; the frame is handled in its lane's turn. */
  queueFrame(frame: Frame, direction: FrameDirection = "downstream"): void {
    this.#worker.queue(frame, direction);
  }

  get stats(): ProcessorStats {
    return this.#worker.stats;
  }

  /** Captured audio that waits in it, in ms. */
  get waitingInputAudioMs(): number {
    return this.#worker.waitingInputAudioMs;
  }

  /** Captured audio that waits in the next processor, in ms, for those who feed it and may hold back; 0 if not known. */
  protected get nextWaitingInputAudioMs(): number {
    return this.#next?.waitingInputAudioMs ?? 0;
  }

  /** The pipeline's clock; the machine's own before setup. */
  protected get clock(): Clock {
    return this.#setup?.clock ?? systemClock;
  }

  /** The task's logger; warnings and errors to standard error before setup. */
  protected get logger(): Logger {
    return safeLogger(this.#setup?.logger);
  }

  /** Whether this processor measures anything. Default false; override it in those that use {@link metrics}. */
  protected canGenerateMetrics(): boolean {
    return false;
  }

  /**
   * What kind of failure an error is, for those who know their service's errors. What it returns counts as said:
   * `authentication`, `authorization` and `invalidRequest` make the processor unusable. Undefined leaves it to the default,
   * which names a category for logs by the HTTP status or the network code, and makes nothing unusable.
   */
  protected classifyError(_error: Error): ErrorCategory | undefined {
    return undefined;
  }

  /** Tells an event of its own to the listeners. */
  protected emit<K extends keyof E & string>(event: K, ...args: E[K]): void {
    this.#events.emit(event, ...args);
  }

  /** The settings have changed: what failed for good may work now. */
  protected becomeUsable(): void {
    this.#setUsable(true);
  }

  /**
   * Holds ordered frames from the next one on; the one being handled is not affected, and system frames pass. Until
   * {@link resume}, an interruption or cleanup. Bound it yourself if what you wait for may not come.
   */
  protected pause(options: PauseOptions = {}): void {
    if (!this.#cannotPause()) this.#worker.hold(options.direction);
  }

  /** Lets ordered frames go on, in their order. Harmless when nothing is paused. */
  protected resume(): void {
    this.#worker.release();
  }

  /**
   * Holds all frames, system frames too (a CancelFrame passes), until `ready` has settled, `timeoutMs` have passed (with
   * a warning) or the processor is cleaned up. The one being handled is not affected.
   */
  protected pauseAllUntil(ready: Promise<unknown>, timeoutMs = 5000): void {
    if (!this.#cannotPause()) this.#worker.holdAllUntil(ready, timeoutMs);
  }

  /** @internal For the pipeline that owns the processor. */
  link(previous: FrameReceiver, next: FrameReceiver): void {
    if (this.#next !== undefined)
      throw new InvalidOptionError("processors", `${this.name} is in a pipeline already; make a new one for each.`);

    this.#previous = previous;
    this.#next = next;
  }

  /** @internal Names of the processors in here that have frames waiting or in hand, for messages about what is stuck. */
  busyProcessors(): string[] {
    return this.#worker.busy ? [this.name] : [];
  }

  /** @internal Handlers that were aborted and still run, as "name (kind of frame)", for messages about what dangles. */
  danglingHandlers(): string[] {
    return this.#worker.abandoned.map((kind) => `${this.name} (${kind})`);
  }

  /**
   * @internal Handles the first CancelFrame at once, past everything that waits or hangs; later ones are ignored.
   * Resolves when the handler has ended or its time is up, and the frame has been passed on.
   */
  cancelNow(frame: CancelFrame, direction: FrameDirection = "downstream"): Promise<void> {
    return this.#worker.cancel(frame, direction);
  }

  #cannotPause(): boolean {
    if (this.direct)
      this.logger.warn(`${this.name} cannot pause: it has no queue of its own. Pause a processor in it.`);

    return this.direct;
  }

  #setUsable(usable: boolean): void {
    if (this.#usable !== usable) {
      this.#usable = usable;
      this.#events.emit("usableChanged", usable);
    }
  }

  #judge(error: Error): PushErrorOptions {
    const category = this.#classify(error);
    if (category !== undefined) return { category };

    if (error instanceof ServiceError)
      return withoutUndefined({ category: error.category, permanent: error.permanent });

    // A status is about one request, maybe one to somebody else's server: the next may well succeed.
    return { category: categorizeError(error), permanent: false };
  }

  #classify(error: Error): ErrorCategory | undefined {
    try {
      return this.classifyError(error);
    } catch {
      // The error at hand matters more than the classifier's own.
      return undefined;
    }
  }
}

function numberedName(className: string): string {
  const count = (instanceCounts.get(className) ?? 0) + 1;
  instanceCounts.set(className, count);
  return `${className}#${count}`;
}
