import type { ErrorFrame, Frame } from "../../frames/index.ts";
import type { PipelineTimeoutError } from "../pipeline-errors.ts";
import type { IdleTimeoutEvent } from "./task-idle.ts";

export interface PipelineTaskResult {
  /** "ended" by an EndFrame, "stopped" by a StopFrame, "cancelled"; "failed" only in the `finished` event. */
  readonly outcome: "ended" | "stopped" | "cancelled" | "failed";
  readonly reason: string | undefined;
  /** Why it failed; `run()` rejects with it. */
  readonly error: Error | undefined;
}

/** A type, not an interface: only a type alias has the index signature that the emitter asks for. */
export type PipelineTaskEvents = {
  /** The StartFrame has passed all processors. */
  started: [];
  /** Everything is cleaned up; `run()` returns next. */
  finished: [result: PipelineTaskResult];
  /** A processor reported an error. A fatal one cancels the task. */
  error: [frame: ErrorFrame];
  /** Behind `error`, once for each processor: the error is permanent. The `processorUnusablePolicy` is applied next. */
  processorUnusable: [frame: ErrorFrame];
  /** A frame of the classes given to `setReachedUpstreamFilter` has passed all processors upstream. */
  reachedUpstream: [frame: Frame];
  /** A frame of the classes given to `setReachedDownstreamFilter` has passed all processors downstream. */
  reachedDownstream: [frame: Frame];
  /** Nobody has spoken for `idleTimeoutMs`; the task is cancelled next, unless `event.keepRunning()` is called. */
  idleTimeout: [event: IdleTimeoutEvent];
  /** No heartbeat has come out for so long; repeated every `heartbeatMonitorMs` until one does. */
  heartbeatTimeout: [sinceMs: number, busyProcessors: readonly string[]];
  setupTimeout: [error: PipelineTimeoutError];
  startTimeout: [error: PipelineTimeoutError];
  /** The task is being cancelled for it. */
  endTimeout: [error: PipelineTimeoutError];
  cancelTimeout: [error: PipelineTimeoutError];
};
