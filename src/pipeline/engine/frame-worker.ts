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
import { withDeadline } from "../../util/deadline.ts";
import { asError } from "../../util/errors.ts";
import { CancelledError, InterruptedError } from "../pipeline-errors.ts";
import type { ProcessorStats } from "../processor-types.ts";
import { Epochs } from "./epochs.ts";
import type { FrameExit } from "./frame-exit.ts";
import { type Drainable, frameScheduler } from "./frame-scheduler.ts";
import { HandlerCaller } from "./handler-caller.ts";
import { AbandonedHandlers, type HandlerRun } from "./handler-watch.ts";
import { Inbox, type InboxLimits } from "./inbox.ts";
import type { ProcessorServices } from "./processor-services.ts";
import { ReadyHolds } from "./ready-holds.ts";

/** Frames wait for the StartFrame. */
interface Waiting {
  readonly is: "waiting";
  /** Interruption frames that wait. */
  barriers: number;
}

/** Handlers run: one per lane at most. */
interface Running {
  readonly is: "running";
  /** Start and interruption frames that wait or are being handled; ordered frames wait behind them. */
  barriers: number;
  /** Whether the scheduler has been asked for a turn. */
  scheduled: boolean;
  systemRun: HandlerRun | undefined;
  orderedRun: HandlerRun | undefined;
}

/** Only the handler of the CancelFrame still runs; `handled` resolves when it is through or its time is up. */
interface Cancelled {
  readonly is: "cancelled";
  readonly handled: Promise<void>;
}

type State = Waiting | Running | Cancelled | { readonly is: "closed" };

/** Frames handled in one go before the next processor has its turn; keeps interruptions quick. */
const BATCH = 32;
/** How long a processor may take over a CancelFrame. */
const CANCEL_HANDLER_MS = 1000;

/**
 * Where frames enter a processor: takes them into its lanes, has them handled in their order, and decides what an
 * interruption, a pause, an end or a cancel means for those that wait and those that are being handled.
 */
export class FrameWorker implements Drainable {
  readonly #services: ProcessorServices;
  readonly #exit: FrameExit;
  readonly #caller: HandlerCaller;
  readonly #inbox: Inbox;
  readonly #epochs: Epochs;
  readonly #abandoned: AbandonedHandlers;
  readonly #holds: ReadyHolds;
  #state: State = { is: "waiting", barriers: 0 };

  constructor(services: ProcessorServices, exit: FrameExit, limits: InboxLimits) {
    this.#services = services;
    this.#exit = exit;
    this.#caller = new HandlerCaller(services, exit);
    this.#inbox = new Inbox(limits, (frame, why) => {
      services.drops.overflowed(frame, why);
    });
    this.#epochs = new Epochs(services, {
      interrupt: () => {
        this.interrupt();
      },
      dropWaiting: () => {
        this.#dropWaiting();
      },
    });
    this.#abandoned = new AbandonedHandlers(services);
    this.#holds = new ReadyHolds(services, () => {
      this.#wake();
    });
  }

  /** Whether frames wait or are being handled. */
  get busy(): boolean {
    const state = this.#state;
    const isHandling = state.is === "running" && (state.systemRun !== undefined || state.orderedRun !== undefined);
    return isHandling || this.#inbox.size > 0;
  }

  /** Kinds of the frames whose handlers were aborted and still run. */
  get abandoned(): string[] {
    return this.#abandoned.frameKinds;
  }

  get stats(): ProcessorStats {
    const { drops } = this.#services;
    return {
      queuedSystemFrames: this.#inbox.system.size,
      queuedOrderedFrames: this.#inbox.orderedSize,
      queuedMediaMs: this.#inbox.durationMs,
      droppedByInterruption: drops.byInterruption,
      droppedStale: drops.stale,
      droppedOverflow: drops.overflow,
      droppedClosed: drops.closed,
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
    if (this.#state.is !== "running" && !this.#admit(frame, direction)) return;
    if (frame.category === "system") {
      if (frame instanceof InterruptionFrame) this.interrupt();
      if (isBarrier(frame)) this.#raiseBarrier();
      this.#pauseOrResume(frame);
    }
    // Whatever arrived before the StartFrame is handled after it.
    if (frame instanceof StartFrame) this.#inbox.system.pushFront(frame, direction);
    else this.#inbox.add(frame, direction);
    this.#wake();
  }

  /** Drops what waits and aborts what is being handled, as far as it is interruptible. */
  interrupt(): void {
    this.#epochs.replaceCurrent(new InterruptedError());
    this.#dropWaiting();
    const state = this.#state;
    if (state.is === "running" && state.orderedRun !== undefined && !state.orderedRun.frame.uninterruptible) {
      this.#abandoned.watch(state.orderedRun);
      state.orderedRun = undefined;
    }
  }

  /** Holds ordered frames, of both directions unless one is given. */
  hold(direction: FrameDirection | undefined): void {
    this.#inbox.hold(direction);
  }

  /** Lets held frames pass. */
  release(): void {
    this.#inbox.release();
    this.#wake();
  }

  /** Holds all frames until the promise settles or the time is up. */
  holdAllUntil(ready: Promise<unknown>, timeoutMs: number): void {
    if (this.#state.is === "waiting" || this.#state.is === "running") this.#holds.until(ready, timeoutMs);
  }

  /** The first CancelFrame starts the cancel; later ones get the same promise. */
  cancel(frame: CancelFrame, direction: FrameDirection): Promise<void> {
    const state = this.#state;
    if (state.is === "closed") return Promise.resolve();
    if (state.is === "cancelled") return state.handled;
    const aborted = Promise.withResolvers<undefined>();
    const handled = this.#handleCancel(frame, direction, aborted.promise);
    // The state changes first: a listener of the aborted signal may cancel again.
    this.#state = { is: "cancelled", handled };
    this.#exit.cancel();
    this.#abort(state, new CancelledError(frame.reason));
    aborted.resolve(undefined);
    return handled;
  }

  /** Nothing enters or leaves any more. Idempotent. */
  close(): void {
    const state = this.#state;
    if (state.is === "closed") return;
    const reason = new CancelledError("the processor was cleaned up");
    this.#state = { is: "closed" };
    this.#exit.close();
    this.#abort(state, reason);
    this.#epochs.cancel.end(reason);
  }

  drain(checkSlice: () => boolean): boolean {
    let handled = 0;
    while (this.#step()) {
      handled++;
      if (handled >= BATCH || checkSlice()) return this.#setScheduled(this.#runnable());
    }
    return this.#setScheduled(false);
  }

  /** Has the next frame handled; returns whether there was one. */
  #step(): boolean {
    const state = this.#state;
    if (state.is !== "running" || this.#holds.any) return false;
    const { system, ordered } = this.#inbox;
    if (state.systemRun === undefined && system.size > 0) {
      const direction = system.headDirection;
      const frame = system.shift();
      if (frame !== undefined) this.#handleSystem(state, frame, direction);
      return true;
    }
    if (state.orderedRun === undefined && state.barriers === 0 && ordered.size > 0) {
      const direction = ordered.headDirection;
      const frame = ordered.shift();
      if (frame !== undefined) this.#handleOrdered(state, frame, direction);
      return true;
    }
    return false;
  }

  #runnable(): boolean {
    const state = this.#state;
    const { system, ordered } = this.#inbox;
    return (
      state.is === "running" &&
      !this.#holds.any &&
      ((state.systemRun === undefined && system.size > 0) ||
        (state.orderedRun === undefined && state.barriers === 0 && ordered.size > 0))
    );
  }

  #wake(): void {
    const state = this.#state;
    if (state.is === "running" && !state.scheduled && this.#runnable()) {
      state.scheduled = true;
      frameScheduler.schedule(this);
    }
  }

  #setScheduled(scheduled: boolean): boolean {
    if (this.#state.is === "running") this.#state.scheduled = scheduled;
    return scheduled;
  }

  #handleSystem(state: Running, frame: Frame, direction: FrameDirection): void {
    const lifecycle = isLifecycleFrame(frame);
    if (lifecycle) this.#exit.owe(frame);
    const pending = this.#caller.call(frame, direction, this.#epochs.lifetime);
    const finish = (): void => {
      state.systemRun = undefined;
      if (lifecycle) this.#exit.settle(frame, direction);
      if (isBarrier(frame)) state.barriers--;
    };
    if (pending === undefined) {
      finish();
      return;
    }
    const run: HandlerRun = { frame };
    // The handler's own synchronous part may have cancelled the processor.
    if (this.#epochs.lifetime.over) this.#abandoned.watch(run);
    else state.systemRun = run;
    void pending.then(() => {
      this.#abandoned.returned(run);
      finish();
      this.#wake();
    });
  }

  #handleOrdered(state: Running, frame: Frame, direction: FrameDirection): void {
    const epoch = frame.uninterruptible ? this.#epochs.lifetime : this.#epochs.current;
    const lifecycle = frame.uninterruptible && isLifecycleFrame(frame);
    if (lifecycle) this.#exit.owe(frame);
    if (frame.category === "control") this.#pauseOrResume(frame);
    const pending = this.#caller.call(frame, direction, epoch);
    if (pending === undefined) {
      if (lifecycle) this.#exit.settle(frame, direction);
      return;
    }
    const run: HandlerRun = { frame };
    // The handler's own synchronous part may have caused the interruption.
    if (epoch.over) this.#abandoned.watch(run);
    else state.orderedRun = run;
    void pending.then(() => {
      this.#abandoned.returned(run);
      if (lifecycle) this.#exit.settle(frame, direction);
      if (state.orderedRun === run) {
        state.orderedRun = undefined;
        this.#wake();
      }
    });
  }

  async #handleCancel(frame: CancelFrame, direction: FrameDirection, aborted: Promise<unknown>): Promise<void> {
    // In a microtask of its own, so that a cancel along the chain does not nest one processor's handler in another's.
    await aborted;
    this.#exit.owe(frame);
    const pending = this.#caller.call(frame, direction, this.#epochs.cancel);
    if (pending !== undefined) {
      try {
        const what = `${this.#services.name}'s handling of the CancelFrame`;
        await withDeadline(this.#services.clock(), pending, CANCEL_HANDLER_MS, what);
      } catch (thrown) {
        this.#epochs.cancel.end(new CancelledError("the handler of the CancelFrame ran out of time"));
        this.#services.processor.pushError(asError(thrown));
        this.#services.processor.push(frame, direction);
      }
    }
    this.#exit.settle(frame, direction);
  }

  #dropWaiting(): void {
    this.#services.drops.byInterruption += this.#inbox.dropInterruptible();
    // What the pause waited for is dropped as well: a processor that waits for the bot to stop would wait forever.
    this.#inbox.release();
    this.#wake();
    this.#services.interrupted();
  }

  /** Ends what the state that was left had in progress. */
  #abort(left: State, reason: Error): void {
    this.#epochs.endAllButCancel(reason);
    this.#services.drops.byInterruption += this.#inbox.clear();
    this.#holds.liftAll();
    if (left.is !== "running") return;
    for (const run of [left.systemRun, left.orderedRun]) if (run !== undefined) this.#abandoned.watch(run);
    left.systemRun = undefined;
    left.orderedRun = undefined;
  }

  #raiseBarrier(): void {
    if (this.#state.is === "waiting" || this.#state.is === "running") this.#state.barriers++;
  }

  #pauseOrResume(frame: Frame): void {
    const { name } = this.#services;
    if (frame instanceof FrameProcessorResumeFrame && frame.processor === name) this.#inbox.release();
    else if (
      (frame instanceof FrameProcessorPauseFrame || frame instanceof FrameProcessorPauseUrgentFrame) &&
      frame.processor === name
    )
      this.#inbox.hold(undefined);
  }

  /** Decides about a frame that arrives while the processor is not running; returns whether to queue it. */
  #admit(frame: Frame, direction: FrameDirection): boolean {
    const state = this.#state;
    if (state.is === "waiting" && frame instanceof StartFrame) {
      const { barriers } = state;
      this.#state = { is: "running", barriers, scheduled: false, systemRun: undefined, orderedRun: undefined };
      return true;
    }
    if ((state.is === "waiting" || state.is === "cancelled") && frame instanceof ErrorFrame) {
      // What fails during setup or cancel is reported at once, not after a start that may never happen.
      this.#services.processor.push(frame, direction);
      return false;
    }
    if (state.is === "waiting") return true;
    this.#services.drops.arrivedAfterClose(frame);
    return false;
  }
}

/** Whether ordered frames wait until it has been handled. */
function isBarrier(frame: Frame): boolean {
  return frame instanceof InterruptionFrame || frame instanceof StartFrame;
}
