import type { ErrorFrame, Frame } from "../../frames/index.ts";
import type { PipelineTimeoutError } from "../pipeline-errors.ts";
import type { IdleTimeoutEvent } from "./task-idle.ts";

/** How a task has ended. */
export interface PipelineTaskResult {
  /** "ended" by an EndFrame, "stopped" by a StopFrame, "cancelled"; "failed" only in the `finished` event. */
  readonly outcome: "ended" | "stopped" | "cancelled" | "failed";
  /** The reason that was given to `end` or `cancel`, or the EndFrame's; undefined if none was. */
  readonly reason: string | undefined;
  /** What made it fail; `run()` rejects with it. */
  readonly error: Error | undefined;
}

/** The events of a `PipelineTask`. */
// A type, not an interface: only a type alias has the index signature that the emitter asks for.
export type PipelineTaskEvents = {
  /** The StartFrame has passed all processors. */
  started: [];
  /** Everything is cleaned up; `run()` returns next. */
  finished: [result: PipelineTaskResult];
  /** A processor reported an error. A fatal one cancels the task. */
  error: [frame: ErrorFrame];
  /** After `error`, once for each processor: the error is permanent. The `processorUnusablePolicy` is applied next. */
  processorUnusable: [frame: ErrorFrame];
  /** A frame of the classes given to `setReachedUpstreamFilter` has passed all processors upstream. */
  reachedUpstream: [frame: Frame];
  /** A frame of the classes given to `setReachedDownstreamFilter` has passed all processors downstream. */
  reachedDownstream: [frame: Frame];
  /** Nobody has spoken for `idleTimeoutMs`; the task is cancelled next, unless `event.keepRunning()` is called. */
  idleTimeout: [event: IdleTimeoutEvent];
  /** No heartbeat has come out for `sinceMs`; repeated every `heartbeatMonitorMs` until one does. */
  heartbeatTimeout: [sinceMs: number, busyProcessors: readonly string[]];
  /** The setup took longer than `setupTimeoutMs`; the task fails next. */
  setupTimeout: [error: PipelineTimeoutError];
  /** The StartFrame has not come out within `startTimeoutMs`; the task fails next. */
  startTimeout: [error: PipelineTimeoutError];
  /** The End or StopFrame has not come out within `endTimeoutMs`; the task is cancelled next. */
  endTimeout: [error: PipelineTimeoutError];
  /** The processors have not handled the CancelFrame within `cancelTimeoutMs`; they are cleaned up next. */
  cancelTimeout: [error: PipelineTimeoutError];
};
