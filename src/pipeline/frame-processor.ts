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
import { DropCounts } from "./engine/drop-counts.ts";
import { FrameExit } from "./engine/frame-exit.ts";
import { FrameWorker } from "./engine/frame-worker.ts";
import type { InboxLimits } from "./engine/inbox.ts";
import { type FrameProcessorEvents, ProcessorEvents } from "./engine/processor-events.ts";
import { ProcessorMetrics } from "./engine/processor-metrics.ts";
import type { ProcessorServices } from "./engine/processor-services.ts";
import { categorizeError } from "./error-category.ts";
import { ProcessorError, ServiceError } from "./pipeline-errors.ts";
import type {
  FrameReceiver,
  PauseOptions,
  ProcessContext,
  ProcessorSetup,
  ProcessorStats,
  PushErrorOptions,
} from "./processor-types.ts";

/** What every processor can be given. */
export interface FrameProcessorOptions {
  /** For logs and errors. Default: class name and a number. */
  readonly name?: string;
  /** Bounds of what may wait in the processor. */
  readonly limits?: InboxLimits;
}

/** What a processor adds to the task of its pipeline; see {@link FrameProcessor.extendTask}. */
export interface TaskExtension {
  /** Processors that are put in front of the pipeline, unless they are in it already. Default none. */
  readonly front?: readonly FrameProcessor[];
}

const instanceCounts = new Map<string, number>();

/** The event map of a processor that adds no events to {@link FrameProcessorEvents}. */
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- empty is what it means
export type NoEvents = Record<never, never>;

/**
 * One station of a pipeline. Override `process`, and push what should continue: a frame that is not pushed is swallowed,
 * except for Start, End, Stop and Cancel, which always leave exactly once, whatever the handler does.
 *
 * System frames have a lane of their own, data and control frames share another; in each, one frame is handled at a time
 * and in order. A system handler may run while a data handler waits. Frames wait until the StartFrame has been handled.
 *
 * An InterruptionFrame takes effect when it is queued: it drops waiting interruptible frames, aborts the running
 * interruptible handler's signal, and drops what that handler still pushes. Frames behind it wait until it has been
 * handled, so they cannot overtake it.
 *
 * A processor with events of its own names them in `E` and emits them with `emit`.
 */
export abstract class FrameProcessor<E extends EventMap = NoEvents> implements FrameReceiver, AsyncDisposable {
  /** For logs and errors. Default: class name and a number. */
  readonly name: string;
  /** Measures this processor's work; see {@link canGenerateMetrics}. */
  protected readonly metrics: ProcessorMetrics;
  /** Whether frames pass it without a queue, as in a pipeline: such a processor cannot pause. */
  protected readonly direct: boolean = false;
  readonly #services: ProcessorServices;
  readonly #worker: FrameWorker;
  readonly #exit: FrameExit;
  #setup: ProcessorSetup | undefined;
  #usable = true;

  /** Makes a processor that waits to be set up. A processor belongs to one pipeline and runs once. */
  constructor(options: FrameProcessorOptions = {}) {
    this.name = options.name ?? numberedName(new.target.name);
    this.#services = {
      name: this.name,
      processor: this,
      events: new ProcessorEvents(this.name, () => this.logger),
      drops: new DropCounts(this.name, () => this.logger),
      observers: undefined,
      onFramePushed: undefined,
      clock: () => this.clock,
      logger: () => this.logger,
      measuresTimes: () => this.#setup?.enableMetrics === true && this.canGenerateMetrics(),
      measuresUsage: () => this.#setup?.enableUsageMetrics === true && this.canGenerateMetrics(),
      handlerFailed: (frame, error) => {
        this.pushError(new ProcessorError(this.name, frame.kind, error), this.#judge(error));
      },
      interrupted: () => {
        this.metrics.interrupted();
      },
    };
    this.metrics = new ProcessorMetrics(this.#services);
    this.#exit = new FrameExit(this.#services);
    this.#worker = new FrameWorker(this.#services, this.#exit, options.limits ?? {});
  }

  /**
   * Prepares the processor and makes its connections. All processors of a pipeline set up at the same time. Call
   * `super.setup(setup)` first.
   *
   * @throws whatever keeps the processor from working: the pipeline is then not started.
   */
  setup(setup: ProcessorSetup): Promise<void> {
    this.#setup = setup;
    this.#services.observers = setup.observers;
    this.#services.onFramePushed = setup.onFramePushed;
    return Promise.resolve();
  }

  /**
   * Handles every frame, both ways. Default: pushes it on. Work longer than a moment belongs in an async handler.
   *
   * @throws anything: it is reported upstream as a {@link ProcessorError}, the frame is lost, and the pipeline continues.
   */
  process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    ctx.push(frame, direction);
  }

  /**
   * Releases everything, also after a setup that failed or was never called. Idempotent. Always called in the end; override
   * it and call `super.cleanup()`.
   */
  cleanup(): Promise<void> {
    this.#worker.close();
    return Promise.resolve();
  }

  /** The same as {@link cleanup}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.cleanup();
  }

  /**
   * Extends the task that is made for its pipeline, for a processor that does not work alone: a transport puts the
   * processor that serves web clients in front. Called once, when the `PipelineTask` is constructed, for every processor
   * of the pipeline. Must do nothing else. Default: adds nothing.
   */
  extendTask(): TaskExtension {
    return {};
  }

  /** Listens to an event. Listeners are called inline; one that throws is logged and breaks nothing. */
  on<K extends keyof (FrameProcessorEvents & E) & string>(
    event: K,
    listener: (...args: (FrameProcessorEvents & E)[K]) => unknown,
  ): this {
    this.#services.events.on(event, listener);
    return this;
  }

  /** Listens to the event's next occurrence only. */
  once<K extends keyof (FrameProcessorEvents & E) & string>(
    event: K,
    listener: (...args: (FrameProcessorEvents & E)[K]) => unknown,
  ): this {
    this.#services.events.once(event, listener);
    return this;
  }

  /** Removes a listener that `on` or `once` added. */
  off<K extends keyof (FrameProcessorEvents & E) & string>(
    event: K,
    listener: (...args: (FrameProcessorEvents & E)[K]) => unknown,
  ): this {
    this.#services.events.off(event, listener);
    return this;
  }

  /** Whether it can do its work: false after a permanent error, until its settings change. */
  get usable(): boolean {
    return this.#usable;
  }

  /**
   * Passes a frame to the neighbour; default "downstream". For code outside a handler: inside one use `ctx.push`, which
   * drops the frame after an interruption.
   */
  push(frame: Frame, direction: FrameDirection = "downstream"): void {
    this.#exit.send(frame, direction);
  }

  /**
   * Reports an error upstream, to the task's `error` event. A permanent one makes the processor unusable, before any
   * listener receives it. An error is permanent only where that was stated: by `permanent`, by a `category`, by
   * `classifyError` or by a {@link ServiceError}. An HTTP status alone means that one request has failed.
   */
  pushError(error: Error, options: PushErrorOptions = {}): void {
    const judged = options.category === undefined ? this.#judge(error) : {};
    const frame = new ErrorFrame(error, { ...judged, ...withoutUndefined(options), processor: this.name });
    if (frame.permanent) this.#setUsable(false);
    this.#services.events.emit("error", frame);
    this.push(frame, "upstream");
  }

  /**
   * Pushes two frames, made by two calls of `make`, downstream and then upstream; each carries the other's id.
   *
   * @throws InvalidOptionError when `make` returns the same frame twice.
   */
  broadcast(make: () => Frame): void {
    const down = make();
    const up = make();
    if (down === up) throw new InvalidOptionError("make", "must return a new frame at every call.");
    down.broadcastSiblingId = up.id;
    up.broadcastSiblingId = down.id;
    this.push(down, "downstream");
    this.push(up, "upstream");
  }

  /** Pushes a copy of the frame both ways: same fields, pts, metadata and destination; each carries the other's id. */
  broadcastCopy(frame: Frame): void {
    this.broadcast(() => frame.copy());
  }

  /**
   * Interrupts the whole pipeline from here. This aborts this processor's own running handler too; a handler that wants
   * to continue calls `ctx.broadcastInterruption`.
   */
  broadcastInterruption(): void {
    this.#worker.interrupt();
    this.broadcast(() => new InterruptionFrame());
  }

  /** Takes a frame from a neighbour; default direction "downstream". Returns at once; the frame is handled in its lane's turn. */
  queueFrame(frame: Frame, direction: FrameDirection = "downstream"): void {
    this.#worker.queue(frame, direction);
  }

  /** What waits in the processor now, and what it has dropped so far. */
  get stats(): ProcessorStats {
    return this.#worker.stats;
  }

  /** Captured audio that waits in the processor, in ms. */
  get waitingInputAudioMs(): number {
    return this.#worker.waitingInputAudioMs;
  }

  /** Captured audio that waits in the next processor, in ms, for a processor that may hold audio back; 0 if not known. */
  protected get nextWaitingInputAudioMs(): number {
    return this.#exit.next?.waitingInputAudioMs ?? 0;
  }

  /** The pipeline's clock; the machine's own before setup. */
  protected get clock(): Clock {
    return this.#setup?.clock ?? systemClock;
  }

  /** The task's logger; warnings and errors to standard error before setup. */
  protected get logger(): Logger {
    return safeLogger(this.#setup?.logger);
  }

  /** Whether this processor measures anything. Default false; override it in processors that use {@link metrics}. */
  protected canGenerateMetrics(): boolean {
    return false;
  }

  /**
   * The kind of failure an error is; override it where the service's errors are known. What it returns counts as stated:
   * `authentication`, `authorization` and `invalidRequest` make the processor unusable. Undefined, the default, leaves it
   * to the HTTP status or the network code, which give a category for logs and make nothing unusable.
   */
  protected classifyError(_error: Error): ErrorCategory | undefined {
    return undefined;
  }

  /** Emits one of the processor's own events. */
  protected emit<K extends keyof E & string>(event: K, ...args: E[K]): void {
    this.#services.events.emit(event, ...args);
  }

  /** Makes the processor usable again: its settings have changed, so what failed permanently may work now. */
  protected becomeUsable(): void {
    this.#setUsable(true);
  }

  /**
   * Holds ordered frames from the next one on; the one being handled is not affected, and system frames pass. They are
   * held until {@link resume}, an interruption or cleanup. There is no timeout: bound the pause yourself if what you wait
   * for may never happen.
   */
  protected pause(options: PauseOptions = {}): void {
    if (this.direct) this.#warnThatItCannotPause();
    else this.#worker.hold(options.direction);
  }

  /** Releases held ordered frames, in their order. Harmless when nothing is paused. */
  protected resume(): void {
    this.#worker.release();
  }

  /**
   * Holds all frames, system frames too (a CancelFrame passes), until `ready` has settled, `timeoutMs` have passed (with
   * a warning; default 5000) or the processor is cleaned up. The one being handled is not affected.
   */
  protected pauseAllUntil(ready: Promise<unknown>, timeoutMs = 5000): void {
    if (this.direct) this.#warnThatItCannotPause();
    else this.#worker.holdAllUntil(ready, timeoutMs);
  }

  /** @internal For the pipeline that owns the processor. */
  link(previous: FrameReceiver, next: FrameReceiver): void {
    this.#exit.link(previous, next);
  }

  /** @internal Itself and all processors in it. */
  allProcessors(): FrameProcessor[] {
    return [this];
  }

  /** @internal Names of the processors in here that have frames waiting or being handled, for messages about what is stuck. */
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

  #warnThatItCannotPause(): void {
    this.logger.warn(`${this.name} cannot pause: it has no queue of its own. Pause a processor in it.`);
  }

  #setUsable(usable: boolean): void {
    if (this.#usable !== usable) {
      this.#usable = usable;
      this.#services.events.emit("usableChanged", usable);
    }
  }

  #judge(error: Error): PushErrorOptions {
    const category = this.#classify(error);
    if (category !== undefined) return { category };
    if (error instanceof ServiceError)
      return withoutUndefined({ category: error.category, permanent: error.permanent });
    // A status is about one request, maybe to a third party's server: the next may well succeed.
    return { category: categorizeError(error), permanent: false };
  }

  #classify(error: Error): ErrorCategory | undefined {
    try {
      return this.classifyError(error);
    } catch {
      // The original error matters more than the classifier's own.
      return undefined;
    }
  }
}

function numberedName(className: string): string {
  const count = (instanceCounts.get(className) ?? 0) + 1;
  instanceCounts.set(className, count);
  return `${className}#${count}`;
}
