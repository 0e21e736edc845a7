import type { ErrorFrameOptions, Frame, FrameDirection } from "../frames/index.ts";
import type { Clock } from "../util/clock.ts";
import type { Logger } from "../util/logger.ts";
import type { ObserverHub } from "./observing/observer-hub.ts";
import type { ProcessorSetupError } from "./pipeline-errors.ts";

/** Anything frames can be handed to: a processor, a pipeline, or an end that collects them. */
export interface FrameReceiver {
  /** For observers, logs and errors. */
  readonly name: string;
  /** Takes the frame and returns at once. Default direction "downstream". */
  queueFrame(frame: Frame, direction?: FrameDirection): void;
  /** Captured audio that waits in it, in ms. Default: unknown. */
  readonly waitingInputAudioMs?: number;
}

/**
 * How an error is reported. `category` defaults to what the processor's `classifyError`, then a `ServiceError`, then the
 * error's HTTP status or network code says; only the first two, or a `category` given here, can make the error permanent.
 */
export type PushErrorOptions = Omit<ErrorFrameOptions, "processor">;

/** What a handler may do, until an interruption or a cancel invalidates its work. */
export interface ProcessContext {
  /**
   * Aborts on cancel and, unless the frame is a system frame or uninterruptible, on the next interruption. All handlers
   * between two interruptions share it: remove your listeners from it when you are done.
   */
  readonly signal: AbortSignal;
  /** Passes a frame to the neighbour; default "downstream". Once the handler's work is invalidated, it is dropped and counted. */
  push(frame: Frame, direction?: FrameDirection): void;
  /** Reports an error upstream. Aborts caused by an interruption or a cancel are not errors and are ignored. */
  pushError(error: Error, options?: PushErrorOptions): void;
  /** Pushes two frames, made by two calls of `make`, downstream and then upstream; each carries the other's id. */
  broadcast(make: () => Frame): void;
  /** Pushes a copy of the frame both ways: same fields, pts, metadata and destination; each carries the other's id. */
  broadcastCopy(frame: Frame): void;
  /**
   * Interrupts the whole pipeline from here: drops what waits in this processor and sends an `InterruptionFrame` both
   * ways. The calling handler continues and may push.
   */
  broadcastInterruption(): void;
}

/** What a processor receives before the first frame. */
export interface ProcessorSetup {
  /** The pipeline's clock: for all timers and durations. */
  readonly clock: Clock;
  /** The task's logger. */
  readonly logger: Logger;
  /** Rate of captured audio, in Hz. */
  readonly audioInSampleRate: number;
  /** Rate of the bot's audio, in Hz. */
  readonly audioOutSampleRate: number;
  /** Aborts when the task is cancelled or its setup has failed. */
  readonly signal: AbortSignal;
  /** @internal The task's observers. */
  readonly observers?: ObserverHub;
  /** Whether processors measure times and push `MetricsFrame`s. Default false. */
  readonly enableMetrics?: boolean;
  /** Whether they push the tokens, characters and seconds used as well. Default false. */
  readonly enableUsageMetrics?: boolean;
  /** @internal Called at once for every frame that any processor pushes: how the task sees activity and a pushed EndFrame. */
  readonly onFramePushed?: (frame: Frame, direction: FrameDirection) => void;
  /**
   * Asks the task to wait `timeoutMs` for the setup, for a processor whose setup has deadlines of its own. Ignored when the
   * task's `setupTimeoutMs` was set.
   */
  readonly allowSetupMs?: (timeoutMs: number) => void;
  /** Called at once for every setup that fails; the pipeline's `setup` rejects only when all have ended. */
  readonly onSetupError?: (error: ProcessorSetupError) => void;
}

/** What a processor has dropped so far, and what waits in it now. */
export interface ProcessorStats {
  /** System frames that wait. */
  readonly queuedSystemFrames: number;
  /** Data and control frames that wait, paused ones included. */
  readonly queuedOrderedFrames: number;
  /** Media time of the queued frames, in milliseconds. */
  readonly queuedMediaMs: number;
  /** Frames that an interruption or a cancel dropped while they waited. */
  readonly droppedByInterruption: number;
  /** Frames that a handler tried to push after an interruption or a cancel had invalidated its work. */
  readonly droppedStale: number;
  /** Frames refused or dropped because a queue was full. */
  readonly droppedOverflow: number;
  /** Frames that arrived after cancel or cleanup, or were pushed after cleanup. */
  readonly droppedClosed: number;
  /** Handlers that were aborted and have not returned yet. */
  readonly abandonedHandlers: number;
}

/** What a pause holds. */
export interface PauseOptions {
  /** The direction whose frames are held; the others pass. Default: both. */
  readonly direction?: FrameDirection;
}
