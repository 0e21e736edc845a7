import {
  CancelFrame,
  ErrorFrame,
  type Frame,
  type FrameDirection,
  FrameProcessorPauseFrame,
  FrameProcessorPauseUrgentFrame,
  FrameProcessorResumeFrame,
  InterruptionFrame,
  isLifecycleFrame,
  StartFrame,
} from "../../frames/index.ts";
import type { Clock } from "../../util/clock.ts";
import { withDeadline } from "../../util/deadline.ts";
import { asError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { isThenable } from "../../util/thenable.ts";
import { DropCounts } from "./drop-counts.ts";
import { Epoch, type EpochOwner } from "./epoch.ts";
import { type Drainable, frameScheduler } from "./frame-scheduler.ts";
import { AbandonedHandlers, type HandlerRun } from "./handler-watch.ts";
import { Inbox, type InboxLimits } from "./inbox.ts";
import { LifecycleWatch } from "./lifecycle-watch.ts";
import type { ObserverHub } from "../observing/observer-hub.ts";
import { CancelledError, InterruptedError } from "../pipeline-errors.ts";
import type { ProcessorEvents } from "./processor-events.ts";
import type { ProcessContext, ProcessorStats } from "../processor-types.ts";
import { ReadyHolds } from "./ready-holds.ts";

/** What a worker needs of its processor. */
export interface WorkerHost extends EpochOwner {
  readonly name: string;
  process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void>;
}

/** What belongs to the processor but is not for everyone to see. */
export interface WorkerSurroundings {
  readonly events: ProcessorEvents;
  clock(): Clock;
  logger(): Logger;
  /** A handler failed; not called for what an interruption or a cancel made it throw. */
  failed(frame: Frame, error: Error): void;
  /** Something made the work void that was going on. */
  interrupted(): void;
}

/** Frames handled in one go before the next processor has its turn; keeps interruptions quick. */
const BATCH = 32;
/** How long a processor may take over a CancelFrame. */
const CANCEL_HANDLER_MS = 1000;

/**
 * The inside of a processor: takes frames into its lanes, calls the handler for them in their order, and keeps what an
 * interruption, a pause, an end or a cancel means for those that wait and those that are being handled.
 */
export class FrameWorker implements Drainable {
  /** Known from setup on. */
  observers: ObserverHub | undefined;
  readonly #host: WorkerHost;
  readonly #around: WorkerSurroundings;
  readonly #drops: DropCounts;
  readonly #inbox: Inbox;
  readonly #abandoned: AbandonedHandlers;
  readonly #holds: ReadyHolds;
  readonly #lifecycle = new LifecycleWatch();
  #state: "waiting" | "running" | "cancelled" | "closed" = "waiting";
  #scheduled = false;
  #systemRun: HandlerRun | undefined;
  #orderedRun: HandlerRun | undefined;
  /** Start and interruption frames that wait or are being handled; ordered frames wait behind them. */
  #barriers = 0;
  /** Interruptible ordered handlers; replaced at every interruption. */
  #epoch: Epoch;
  /** System and uninterruptible handlers; lasts until cancel. */
  readonly #lifetimeEpoch: Epoch;
  /** The handler of the CancelFrame itself; lasts until its deadline. */
  readonly #cancelEpoch: Epoch;
  #cancelled: Promise<void> | undefined;
  readonly #countStale = (): void => {
    this.#drops.stale++;
  };

  constructor(host: WorkerHost, around: WorkerSurroundings, limits: InboxLimits) {
    this.#host = host;
    this.#around = around;
    this.#drops = new DropCounts(host.name, () => around.logger());
    this.#inbox = new Inbox(limits, (frame, why) => {
      this.#drops.overflowed(frame, why);
    });
    this.#abandoned = new AbandonedHandlers(host.name);
    this.#holds = new ReadyHolds(host.name, () => {
      this.#wake();
    });
    this.#epoch = this.#newEpoch();
    this.#lifetimeEpoch = new Epoch(host, this.#countStale, () => {
      this.interrupt();
      host.broadcast(() => new InterruptionFrame());
    });
    this.#cancelEpoch = new Epoch(host, this.#countStale, () => undefined);
  }

  /** Whether frames wait or are being handled. */
  get busy(): boolean {
    return this.#systemRun !== undefined || this.#orderedRun !== undefined || this.#inbox.size > 0;
  }

  /** Kinds of the frames whose handlers were aborted and still run. */
  get abandoned(): string[] {
    return this.#abandoned.frameKinds;
  }

  get stats(): ProcessorStats {
    return {
      queuedSystemFrames: this.#inbox.system.size,
      queuedOrderedFrames: this.#inbox.orderedSize,
      queuedMediaMs: this.#inbox.durationMs,
      droppedByInterruption: this.#drops.byInterruption,
      droppedStale: this.#drops.stale,
      droppedOverflow: this.#drops.overflow,
      droppedClosed: this.#drops.closed,
      abandonedHandlers: this.abandoned.length,
    };
  }

  /** Captured audio is the only media among system frames. */
  get waitingInputAudioMs(): number {
    return this.#inbox.system.durationMs;
  }

  /** Takes a frame, whatever state the processor is in. */
  queue(frame: Frame, direction: FrameDirection): void {
    if (frame instanceof CancelFrame) {
      void this.cancel(frame, direction);
      return;
    }
    if (this.#state !== "running" && !this.#admit(frame, direction)) return;

    if (frame.category === "system") {
      if (frame instanceof InterruptionFrame) this.interrupt();

      if (isBarrier(frame)) this.#barriers++;

      this.#pauseOrResume(frame);
    }
    if (frame instanceof StartFrame) {
      // Whatever came before it is handled after it.
      this.#inbox.system.pushFront(frame, direction);
    } else {
      this.#inbox.add(frame, direction);
    }
    this.#wake();
  }

  /** Called for every frame on its way out: whether it may leave. */
  mayLeave(frame: Frame): boolean {
    if (this.#state === "closed") {
      this.#drops.pushedClosed(frame);
      return false;
    }
    // Lifecycle frames are all of one of these two sorts; data must not pay for the look-up.
    return (frame.category !== "system" && !frame.uninterruptible) || this.#lifecycle.mayLeave(frame);
  }

  /** Makes what waits and what is being handled void, as far as it is interruptible. */
  interrupt(): void {
    this.#epoch.end(new InterruptedError());
    this.#epoch = this.#newEpoch();
    this.#dropQueued();
    if (this.#orderedRun !== undefined && !this.#orderedRun.frame.uninterruptible) {
      this.#watchAbandoned(this.#orderedRun);
      this.#orderedRun = undefined;
    }
  }

  /** Holds ordered frames, of both directions unless one is given. */
  hold(direction: FrameDirection | undefined): void {
    this.#inbox.hold(direction);
  }

  /** Lets held frames go on. */
  release(): void {
    this.#inbox.release();
    this.#wake();
  }

  /** Holds all frames until the promise settles or the time is up. */
  holdAllUntil(ready: Promise<unknown>, timeoutMs: number): void {
    if (this.#state === "waiting" || this.#state === "running")
      this.#holds.until(ready, timeoutMs, this.#around.clock(), this.#around.logger());
  }

  /** The first CancelFrame starts the cancel; later ones get the same promise. */
  cancel(frame: CancelFrame, direction: FrameDirection): Promise<void> {
    if (this.#state === "closed") return Promise.resolve();

    if (this.#cancelled === undefined) {
      this.#state = "cancelled";
      this.#abort(new CancelledError(frame.reason));
      this.#cancelled = this.#cancel(frame, direction);
    }
    return this.#cancelled;
  }

  /** Nothing comes in or goes out any more. Idempotent. */
  close(): void {
    if (this.#state !== "closed") {
      this.#state = "closed";
      const reason = new CancelledError("the processor was cleaned up");
      this.#abort(reason);
      this.#cancelEpoch.end(reason);
    }
  }

  drain(pressed: () => boolean): boolean {
    let handled = 0;
    while (this.#step()) {
      handled++;
      if (handled >= BATCH || pressed()) {
        this.#scheduled = this.#runnable();
        return this.#scheduled;
      }
    }
    this.#scheduled = false;
    return false;
  }

  #step(): boolean {
    if (this.#state !== "running" || this.#holds.any) return false;

    const { system, ordered } = this.#inbox;
    if (this.#systemRun === undefined && system.size > 0) {
      const direction = system.headDirection;
      const frame = system.shift();
      if (frame !== undefined) this.#handleSystem(frame, direction);

      return true;
    }
    if (this.#orderedRun === undefined && this.#barriers === 0 && ordered.size > 0) {
      const direction = ordered.headDirection;
      const frame = ordered.shift();
      if (frame !== undefined) this.#handleOrdered(frame, direction);

      return true;
    }
    return false;
  }

  #runnable(): boolean {
    const { system, ordered } = this.#inbox;
    return (
      this.#state === "running" &&
      !this.#holds.any &&
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
    if (lifecycle) this.#lifecycle.take(frame);

    const pending = this.#call(frame, direction, this.#lifetimeEpoch);
    const finish = (): void => {
      this.#systemRun = undefined;
      if (lifecycle) this.#forwardIfHeld(frame, direction);

      if (isBarrier(frame)) this.#barriers--;
    };
    if (pending === undefined) {
      finish();
      return;
    }
    const run: HandlerRun = { frame };
    this.#systemRun = run;
    void pending.then(() => {
      this.#abandoned.returned(run, this.#around.clock());
      finish();
      this.#wake();
    });
  }

  #handleOrdered(frame: Frame, direction: FrameDirection): void {
    const epoch = frame.uninterruptible ? this.#lifetimeEpoch : this.#epoch;
    const lifecycle = frame.uninterruptible && isLifecycleFrame(frame);
    if (lifecycle) this.#lifecycle.take(frame);

    if (frame.category === "control") this.#pauseOrResume(frame);

    const pending = this.#call(frame, direction, epoch);
    if (pending === undefined) {
      if (lifecycle) this.#forwardIfHeld(frame, direction);

      return;
    }
    const run: HandlerRun = { frame };
    if (epoch.over) {
      // The handler's own synchronous part caused the interruption.
      this.#watchAbandoned(run);
    } else {
      this.#orderedRun = run;
    }
    void pending.then(() => {
      this.#abandoned.returned(run, this.#around.clock());
      if (lifecycle) this.#forwardIfHeld(frame, direction);

      if (this.#orderedRun === run) {
        this.#orderedRun = undefined;
        this.#wake();
      }
    });
  }

  /** Runs the handler; returns a promise that never rejects, or undefined when it is through already. */
  #call(frame: Frame, direction: FrameDirection, epoch: Epoch): Promise<void> | undefined {
    if (this.observers?.watchesProcess) {
      const timeMs = frameScheduler.eventTimeMs(this.#around.clock());
      this.observers.process({ processor: this.#host.name, frame, direction, timeMs });
    }
    if (!this.#around.events.watched) return this.#handle(frame, direction, epoch);

    this.#around.events.emit("beforeProcess", frame, direction);
    const pending = this.#handle(frame, direction, epoch);
    if (pending === undefined) this.#around.events.emit("afterProcess", frame, direction);

    return pending?.then(() => {
      this.#around.events.emit("afterProcess", frame, direction);
    });
  }

  #handle(frame: Frame, direction: FrameDirection, epoch: Epoch): Promise<void> | undefined {
    try {
      const result = this.#host.process(frame, direction, epoch);
      return isThenable(result)
        ? Promise.resolve(result).catch((thrown: unknown) => {
            this.#failed(frame, direction, asError(thrown), epoch);
          })
        : undefined;
    } catch (thrown) {
      this.#failed(frame, direction, asError(thrown), epoch);
      return undefined;
    }
  }

  #failed(frame: Frame, direction: FrameDirection, error: Error, epoch: Epoch): void {
    if (!epoch.caused(error)) this.#around.failed(frame, error);

    if (this.#mustForward(frame)) {
      // Its failure is reported; that it was not pushed needs no second warning.
      this.#host.push(frame, direction);
    }
  }

  #mustForward(frame: Frame): boolean {
    const wanted = this.#state === "running" || (this.#state === "cancelled" && frame instanceof CancelFrame);
    return wanted && this.#lifecycle.holds(frame);
  }

  /** End and Cancel must arrive even if a handler forgets them: a swallowed one would leave the bot running for hours. */
  #forwardIfHeld(frame: Frame, direction: FrameDirection): void {
    if (this.#mustForward(frame)) {
      this.#around.logger().warn(`${this.#host.name} did not push the ${frame.kind} on; that was done for it.`);
      this.#host.push(frame, direction);
    }
  }

  async #cancel(frame: CancelFrame, direction: FrameDirection): Promise<void> {
    // Starts in a microtask, so that a cancel along the chain does not nest one processor's handler in another's.
    await Promise.resolve();
    this.#lifecycle.take(frame);
    const pending = this.#call(frame, direction, this.#cancelEpoch);
    if (pending !== undefined) {
      try {
        const what = `${this.#host.name}'s handling of the CancelFrame`;
        await withDeadline(this.#around.clock(), pending, CANCEL_HANDLER_MS, what);
      } catch (thrown) {
        this.#cancelEpoch.end(new CancelledError("the handler of the CancelFrame ran out of time"));
        this.#host.pushError(asError(thrown));
        this.#host.push(frame, direction);
      }
    }
    this.#forwardIfHeld(frame, direction);
  }

  #dropQueued(): void {
    this.#drops.byInterruption += this.#inbox.dropInterruptible();
    // What the pause waited for is void as well: a processor that waits for the bot to stop would wait for ever.
    this.#inbox.release();
    this.#wake();
    this.#around.interrupted();
  }

  #abort(reason: Error): void {
    this.#epoch.end(reason);
    this.#lifetimeEpoch.end(reason);
    this.#drops.byInterruption += this.#inbox.clear();
    this.#holds.liftAll();
    for (const run of [this.#systemRun, this.#orderedRun]) 
      if (run !== undefined) this.#watchAbandoned(run);
    
    this.#systemRun = undefined;
    this.#orderedRun = undefined;
  }

  #watchAbandoned(run: HandlerRun): void {
    this.#abandoned.watch(run, this.#around.clock(), this.#around.logger());
  }

  #pauseOrResume(frame: Frame): void {
    if (frame instanceof FrameProcessorResumeFrame && frame.processor === this.#host.name) this.#inbox.release();
    else if (
      (frame instanceof FrameProcessorPauseFrame || frame instanceof FrameProcessorPauseUrgentFrame) &&
      frame.processor === this.#host.name
    )
      this.#inbox.hold(undefined);
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
        this.#host.push(frame, direction);
        return false;
      }
      return true;
    }
    if (this.#state === "cancelled" && frame instanceof ErrorFrame) {
      this.#host.push(frame, direction);
      return false;
    }
    this.#drops.cameClosed(frame);
    return false;
  }

  #newEpoch(): Epoch {
    return new Epoch(this.#host, this.#countStale, () => {
      // The caller is this epoch's one running handler and goes on; only what waits is void.
      this.#dropQueued();
      this.#host.broadcast(() => new InterruptionFrame());
    });
  }
}

/** Ordered frames wait until it has been handled. */
function isBarrier(frame: Frame): boolean {
  return frame instanceof InterruptionFrame || frame instanceof StartFrame;
}
