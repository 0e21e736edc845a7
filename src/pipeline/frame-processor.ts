import { CancelFrame, ErrorFrame, InterruptionFrame, StartFrame, isLifecycleFrame } from "../frames/index.ts";
import type { Frame, FrameDirection } from "../frames/index.ts";
import { systemClock } from "../util/clock.ts";
import type { Clock, TimerHandle } from "../util/clock.ts";
import { withDeadline } from "../util/deadline.ts";
import { InvalidOptionError, asError } from "../util/errors.ts";
import { consoleLogger } from "../util/logger.ts";
import type { Logger } from "../util/logger.ts";
import { Epoch } from "./epoch.ts";
import { frameScheduler } from "./frame-scheduler.ts";
import { Inbox } from "./inbox.ts";
import type { InboxLimits } from "./inbox.ts";
import { LifecycleWatch } from "./lifecycle-watch.ts";
import type { ObserverHub } from "./observer.ts";
import { CancelledError, InterruptedError, ProcessorError } from "./pipeline-errors.ts";
import type {
  FrameReceiver,
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

/** Frames handled in one go before the next processor has its turn; keeps interruptions quick. */
const BATCH = 32;
/** How long a processor may take over a CancelFrame, and an aborted handler to return, before it is reported. */
const CANCEL_HANDLER_MS = 1000;

const instanceCounts = new Map<string, number>();

/** An asynchronous handler that has not returned yet. */
interface Run {
  readonly frame: Frame;
  /** Runs once the handler has been aborted. */
  abandonedTimer?: TimerHandle;
}

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
 */
export abstract class FrameProcessor implements FrameReceiver, AsyncDisposable {
  readonly name: string;
  readonly #inbox: Inbox;
  readonly #lifecycle = new LifecycleWatch();
  #next: FrameReceiver | undefined;
  #previous: FrameReceiver | undefined;
  #setup: ProcessorSetup | undefined;
  #observers: ObserverHub | undefined;
  #state: "waiting" | "running" | "cancelled" | "closed" = "waiting";
  #scheduled = false;
  #systemRun: Run | undefined;
  #orderedRun: Run | undefined;
  /** Start and interruption frames that wait or are being handled; ordered frames wait behind them. */
  #barriers = 0;
  /** Interruptible ordered handlers; replaced at every interruption. */
  #epoch: Epoch;
  /** System and uninterruptible handlers; lasts until cancel. */
  readonly #steady: Epoch;
  /** The handler of the CancelFrame itself; lasts until its deadline. */
  readonly #last: Epoch;
  #cancelled: Promise<void> | undefined;
  readonly #countStale = (): void => {
    this.#droppedStale += 1;
  };
  #droppedByInterruption = 0;
  #droppedStale = 0;
  #droppedOverflow = 0;
  #droppedClosed = 0;

  constructor(options: FrameProcessorOptions = {}) {
    this.name = options.name ?? numberedName(new.target.name);
    this.#inbox = new Inbox(options.limits ?? {}, (frame, why) => {
      this.#overflowed(frame, why);
    });
    this.#epoch = this.#newEpoch();
    this.#steady = new Epoch(this, this.#countStale, () => {
      this.broadcastInterruption();
    });
    this.#last = new Epoch(this, this.#countStale, () => undefined);
  }

  /** Prepares the processor and makes its connections; all processors do so at once. Call `super.setup(setup)` first. */
  setup(setup: ProcessorSetup): Promise<void> {
    this.#setup = setup;
    this.#observers = setup.observers;
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
    if (this.#state !== "closed") {
      this.#state = "closed";
      this.#abort(new CancelledError("the processor was cleaned up"));
      this.#last.end(new CancelledError("the processor was cleaned up"));
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cleanup();
  }

  /** Hands a frame to the neighbour. For code outside a handler; inside one use `ctx.push`, which knows its epoch. */
  push(frame: Frame, direction: FrameDirection = "downstream"): void {
    if (this.#state === "closed") {
      this.#refuse(frame, "pushed a frame after its cleanup");
      return;
    }
    // Lifecycle frames are all of one of these two sorts; data must not pay for the look-up.
    if ((frame.category === "system" || frame.uninterruptible) && !this.#lifecycle.mayLeave(frame)) {
      return;
    }
    const neighbour = direction === "downstream" ? this.#next : this.#previous;
    if (neighbour === undefined) {
      return;
    }
    if (this.#observers?.active) {
      const timeMs = this.#clock.nowMs();
      this.#observers.push({ source: this.name, destination: neighbour.name, frame, direction, timeMs });
    }
    neighbour.queueFrame(frame, direction);
  }

  /** Reports an error upstream, to the task's `error` event. */
  pushError(error: Error, options: PushErrorOptions = {}): void {
    this.push(new ErrorFrame(error, { ...options, processor: this.name }), "upstream");
  }

  /** Pushes two frames, made by two calls of `make`, downstream and then upstream; each knows the other's id. */
  broadcast(make: () => Frame): void {
    const down = make();
    const up = make();
    if (down === up) {
      throw new InvalidOptionError("make", "must return a new frame at every call.");
    }
    down.broadcastSiblingId = up.id;
    up.broadcastSiblingId = down.id;
    this.push(down, "downstream");
    this.push(up, "upstream");
  }

  /**
   * Interrupts the whole pipeline from here. This aborts this processor's own running handler too; a handler that wants
   * to go on calls `ctx.broadcastInterruption`.
   */
  broadcastInterruption(): void {
    this.#interrupt();
    this.broadcast(() => new InterruptionFrame());
  }

  /** What neighbours call. Returns at once; the frame is handled in its lane's turn. */
  queueFrame(frame: Frame, direction: FrameDirection = "downstream"): void {
    if (frame instanceof CancelFrame) {
      void this.cancelNow(frame, direction);
      return;
    }
    if (this.#state !== "running" && !this.#admit(frame, direction)) {
      return;
    }
    if (frame.category === "system") {
      if (frame instanceof InterruptionFrame) {
        this.#interrupt();
      }
      if (isBarrier(frame)) {
        this.#barriers += 1;
      }
    }
    if (frame instanceof StartFrame) {
      // Whatever came before it is handled after it.
      this.#inbox.system.pushFront(frame, direction);
    } else {
      this.#inbox.add(frame, direction);
    }
    this.#wake();
  }

  get stats(): ProcessorStats {
    const { system, ordered } = this.#inbox;
    return {
      queuedSystemFrames: system.size,
      queuedOrderedFrames: ordered.size,
      queuedMediaMs: system.durationMs + ordered.durationMs,
      droppedByInterruption: this.#droppedByInterruption,
      droppedStale: this.#droppedStale,
      droppedOverflow: this.#droppedOverflow,
      droppedClosed: this.#droppedClosed,
    };
  }

  /** @internal For the pipeline that owns the processor. */
  link(previous: FrameReceiver, next: FrameReceiver): void {
    if (this.#next !== undefined) {
      throw new InvalidOptionError("processors", `${this.name} is in a pipeline already; make a new one for each.`);
    }
    this.#previous = previous;
    this.#next = next;
  }

  /** @internal Names of the processors in here that have frames waiting or in hand, for messages about what is stuck. */
  busyProcessors(): string[] {
    const { system, ordered } = this.#inbox;
    const busy = this.#systemRun !== undefined || this.#orderedRun !== undefined || system.size + ordered.size > 0;
    return busy ? [this.name] : [];
  }

  /**
   * @internal Handles the first CancelFrame at once, past everything that waits or hangs; later ones are ignored.
   * Resolves when the handler has ended or its time is up, and the frame has been passed on.
   */
  cancelNow(frame: CancelFrame, direction: FrameDirection = "downstream"): Promise<void> {
    if (this.#state === "closed") {
      return Promise.resolve();
    }
    if (this.#cancelled === undefined) {
      this.#state = "cancelled";
      this.#abort(new CancelledError(frame.reason));
      this.#cancelled = this.#cancel(frame, direction);
    }
    return this.#cancelled;
  }

  /** @internal For the scheduler. */
  drain(pressed: () => boolean): boolean {
    let handled = 0;
    while (this.#step()) {
      handled += 1;
      if (handled >= BATCH || pressed()) {
        this.#scheduled = this.#runnable();
        return this.#scheduled;
      }
    }
    this.#scheduled = false;
    return false;
  }

  #step(): boolean {
    if (this.#state !== "running") {
      return false;
    }
    const { system, ordered } = this.#inbox;
    if (this.#systemRun === undefined && system.size > 0) {
      const direction = system.headDirection;
      const frame = system.shift();
      if (frame !== undefined) {
        this.#handleSystem(frame, direction);
      }
      return true;
    }
    if (this.#orderedRun === undefined && this.#barriers === 0 && ordered.size > 0) {
      const direction = ordered.headDirection;
      const frame = ordered.shift();
      if (frame !== undefined) {
        this.#handleOrdered(frame, direction);
      }
      return true;
    }
    return false;
  }

  #runnable(): boolean {
    const { system, ordered } = this.#inbox;
    return (
      this.#state === "running" &&
      ((this.#systemRun === undefined && system.size > 0) ||
        (this.#orderedRun === undefined && this.#barriers === 0 && ordered.size > 0))
    );
  }

  #wake(): void {
    if (!this.#scheduled && this.#runnable()) {
      this.#scheduled = true;
      frameScheduler.schedule(this);
    }
  }

  #handleSystem(frame: Frame, direction: FrameDirection): void {
    const lifecycle = isLifecycleFrame(frame);
    if (lifecycle) {
      this.#lifecycle.take(frame);
    }
    const pending = this.#call(frame, direction, this.#steady);
    const finish = (): void => {
      this.#systemRun = undefined;
      if (lifecycle) {
        this.#forwardIfHeld(frame, direction);
      }
      if (isBarrier(frame)) {
        this.#barriers -= 1;
      }
    };
    if (pending === undefined) {
      finish();
      return;
    }
    const run: Run = { frame };
    this.#systemRun = run;
    void pending.then(() => {
      this.#clock.clearTimeout(run.abandonedTimer);
      finish();
      this.#wake();
    });
  }

  #handleOrdered(frame: Frame, direction: FrameDirection): void {
    const epoch = frame.uninterruptible ? this.#steady : this.#epoch;
    const lifecycle = frame.uninterruptible && isLifecycleFrame(frame);
    if (lifecycle) {
      this.#lifecycle.take(frame);
    }
    const pending = this.#call(frame, direction, epoch);
    if (pending === undefined) {
      if (lifecycle) {
        this.#forwardIfHeld(frame, direction);
      }
      return;
    }
    const run: Run = { frame };
    if (epoch.over) {
      // The handler's own synchronous part caused the interruption.
      this.#watchAbandoned(run);
    } else {
      this.#orderedRun = run;
    }
    void pending.then(() => {
      this.#clock.clearTimeout(run.abandonedTimer);
      if (lifecycle) {
        this.#forwardIfHeld(frame, direction);
      }
      if (this.#orderedRun === run) {
        this.#orderedRun = undefined;
        this.#wake();
      }
    });
  }

  /** Runs the handler; returns a promise that never rejects, or undefined when it is through already. */
  #call(frame: Frame, direction: FrameDirection, epoch: Epoch): Promise<void> | undefined {
    if (this.#observers?.active) {
      this.#observers.process({ processor: this.name, frame, direction, timeMs: this.#clock.nowMs() });
    }
    try {
      const result = this.process(frame, direction, epoch);
      return result instanceof Promise
        ? result.catch((thrown: unknown) => {
            this.#failed(frame, direction, asError(thrown), epoch);
          })
        : undefined;
    } catch (thrown) {
      this.#failed(frame, direction, asError(thrown), epoch);
      return undefined;
    }
  }

  #failed(frame: Frame, direction: FrameDirection, error: Error, epoch: Epoch): void {
    if (!epoch.caused(error)) {
      this.pushError(new ProcessorError(this.name, frame.kind, error));
    }
    if (this.#mustForward(frame)) {
      // Its failure is reported; that it was not pushed needs no second warning.
      this.push(frame, direction);
    }
  }

  #mustForward(frame: Frame): boolean {
    const wanted = this.#state === "running" || (this.#state === "cancelled" && frame instanceof CancelFrame);
    return wanted && this.#lifecycle.holds(frame);
  }

  /** End and Cancel must arrive even if a handler forgets them: a swallowed one would leave the bot running for hours. */
  #forwardIfHeld(frame: Frame, direction: FrameDirection): void {
    if (this.#mustForward(frame)) {
      this.#logger.warn(`${this.name} did not push the ${frame.kind} on; that was done for it.`);
      this.push(frame, direction);
    }
  }

  async #cancel(frame: CancelFrame, direction: FrameDirection): Promise<void> {
    // Starts in a microtask, so that a cancel along the chain does not nest one processor's handler in another's.
    await Promise.resolve();
    this.#lifecycle.take(frame);
    const pending = this.#call(frame, direction, this.#last);
    if (pending !== undefined) {
      try {
        await withDeadline(this.#clock, pending, CANCEL_HANDLER_MS, `${this.name}'s handling of the CancelFrame`);
      } catch (thrown) {
        this.#last.end(new CancelledError("the handler of the CancelFrame ran out of time"));
        this.pushError(asError(thrown));
        this.push(frame, direction);
      }
    }
    this.#forwardIfHeld(frame, direction);
  }

  #interrupt(): void {
    this.#epoch.end(new InterruptedError());
    this.#epoch = this.#newEpoch();
    this.#dropQueued();
    if (this.#orderedRun !== undefined && !this.#orderedRun.frame.uninterruptible) {
      this.#watchAbandoned(this.#orderedRun);
      this.#orderedRun = undefined;
    }
  }

  #dropQueued(): void {
    this.#droppedByInterruption += this.#inbox.dropInterruptible();
  }

  #abort(reason: Error): void {
    this.#epoch.end(reason);
    this.#steady.end(reason);
    this.#droppedByInterruption += this.#inbox.clear();
    for (const run of [this.#systemRun, this.#orderedRun]) {
      if (run !== undefined) {
        this.#watchAbandoned(run);
      }
    }
    this.#systemRun = undefined;
    this.#orderedRun = undefined;
  }

  /** Names the handler that does not heed its signal: it keeps using time and money for a void result. */
  #watchAbandoned(run: Run): void {
    run.abandonedTimer ??= this.#clock.setTimeout(() => {
      const what = `${this.name} still handles a ${run.frame.kind} ${CANCEL_HANDLER_MS} ms after it was aborted.`;
      this.#logger.warn(`${what} Pass ctx.signal to what it waits for.`);
    }, CANCEL_HANDLER_MS);
  }

  /** What happens to a frame while the processor is not running; true if it should be queued. */
  #admit(frame: Frame, direction: FrameDirection): boolean {
    if (this.#state === "waiting") {
      if (frame instanceof StartFrame) {
        this.#state = "running";
        return true;
      }
      if (frame instanceof ErrorFrame) {
        // What fails during setup is known at once, not after a start that may never come.
        this.push(frame, direction);
        return false;
      }
      return true;
    }
    if (this.#state === "cancelled" && frame instanceof ErrorFrame) {
      this.push(frame, direction);
      return false;
    }
    this.#refuse(frame, "was given a frame after it was cancelled or cleaned up");
    return false;
  }

  #refuse(frame: Frame, what: string): void {
    this.#droppedClosed += 1;
    if (this.#droppedClosed === 1) {
      this.#logger.debug(`${this.name} ${what}; it and later ones are dropped.`, { frame: frame.name });
    }
  }

  #overflowed(frame: Frame, why: string): void {
    this.#droppedOverflow += 1;
    if (this.#droppedOverflow === 1) {
      const what = `${this.name} dropped a ${frame.kind}: ${why}. Later drops are only counted.`;
      this.#logger.warn(`${what} Its handler is slower than what it is sent.`);
    }
  }

  #newEpoch(): Epoch {
    return new Epoch(this, this.#countStale, () => {
      // The caller is this epoch's one running handler and goes on; only what waits is void.
      this.#dropQueued();
      this.broadcast(() => new InterruptionFrame());
    });
  }

  get #clock(): Clock {
    return this.#setup?.clock ?? systemClock;
  }

  get #logger(): Logger {
    return this.#setup?.logger ?? consoleLogger;
  }
}

/** Ordered frames wait until it has been handled. */
function isBarrier(frame: Frame): boolean {
  return frame instanceof InterruptionFrame || frame instanceof StartFrame;
}

function numberedName(className: string): string {
  const count = (instanceCounts.get(className) ?? 0) + 1;
  instanceCounts.set(className, count);
  return `${className}#${count}`;
}
