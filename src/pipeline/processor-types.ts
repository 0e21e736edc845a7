import type { ErrorFrameOptions, Frame, FrameDirection } from "../frames/index.ts";
import type { Clock } from "../util/clock.ts";
import type { Logger } from "../util/logger.ts";
import type { ObserverHub } from "./observing/observer-hub.ts";
import type { ProcessorSetupError } from "./pipeline-errors.ts";

/** Anything frames can be handed to: a processor, a pipeline, or an end that collects them. */
export interface FrameReceiver {
  readonly name: string;
  /** Takes the frame and returns at once. Default direction "downstream". */
  queueFrame(frame: Frame, direction?: FrameDirection): void;
  /** Captured audio that waits in it, in ms. Default: not known. */
  readonly waitingInputAudioMs?: number;
}

/**
 * `category` defaults to what the processor's `classifyError`, then a `ServiceError`, then the error's HTTP status or
 * network code says; only the first two, or a `category` given here, can make the error permanent.
 */
export type PushErrorOptions = Omit<ErrorFrameOptions, "processor">;

/** What a handler may do, for as long as the frames it works on are not void. */
export interface ProcessContext {
  /**
   * Aborts on cancel and, unless the frame is a system frame or uninterruptible, on the next interruption. It is the same
   * for all handlers between two interruptions: take your listeners off it again.
   */
  readonly signal: AbortSignal;
  /** Hands a frame to the neighbour. Once an interruption has made the work void it is dropped and counted. */
  push(frame: Frame, direction?: FrameDirection): void;
  /** Reports an error upstream. Aborts that an interruption or a cancel caused are no errors and are ignored. */
  pushError(error: Error, options?: PushErrorOptions): void;
  /** Pushes two frames, made by two calls of `make`, downstream and then upstream; each knows the other's id. */
  broadcast(make: () => Frame): void;
  /** Pushes a copy of the frame both ways: same fields, pts, metadata and destination; each knows the other's id. */
  broadcastCopy(frame: Frame): void;
  /**
   * Interrupts the whole pipeline from here: drops what waits in this processor and sends an `InterruptionFrame` both
   * ways. The calling handler goes on and may push.
   */
  broadcastInterruption(): void;
}

/** What a processor gets before the first frame. */
export interface ProcessorSetup {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hz. */
  readonly audioInSampleRate: number;
  /** Hz. */
  readonly audioOutSampleRate: number;
  /** Aborts when the task is cancelled or its setup has failed. */
  readonly signal: AbortSignal;
  readonly observers?: ObserverHub;
  /** Whether processors measure times and push `MetricsFrame`s. Default false. */
  readonly enableMetrics?: boolean;
  /** Whether they tell tokens, characters and seconds used. Default false. */
  readonly enableUsageMetrics?: boolean;
  /** @internal Told of every frame that any processor pushes, at once: how the task sees activity and a pushed EndFrame. */
  readonly onFramePushed?: (frame: Frame, direction: FrameDirection) => void;
  /**
   * For a processor whose setup has deadlines of its own: it ends within `timeoutMs`. The task waits that long, unless its
   * `setupTimeoutMs` was set.
   */
  readonly allowSetupMs?: (timeoutMs: number) => void;
  /** Told of every setup that fails, at once; the pipeline's `setup` rejects only when all have ended. */
  readonly onSetupError?: (error: ProcessorSetupError) => void;
}

/** What a processor has dropped so far, and what waits in it now. */
export interface ProcessorStats {
  readonly queuedSystemFrames: number;
  readonly queuedOrderedFrames: number;
  /** Media time of the queued frames, in milliseconds. */
  readonly queuedMediaMs: number;
  /** Frames that an interruption or a cancel made void while they waited. */
  readonly droppedByInterruption: number;
  /** Frames that a handler of an older epoch tried to push. */
  readonly droppedStale: number;
  /** Frames refused or dropped because a queue was full. */
  readonly droppedOverflow: number;
  /** Frames that came, or were pushed, after cancel or cleanup. */
  readonly droppedClosed: number;
  /** Handlers that were aborted and have not returned yet. */
  readonly abandonedHandlers: number;
}

export interface PauseOptions {
  /** Which frames wait; the others go on. Default: both ways. */
  readonly direction?: FrameDirection;
}
