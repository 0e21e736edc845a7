export { categorizeError, categorizeStatus } from "./error-category.ts";
export { FrameProcessor, type FrameProcessorOptions, type NoEvents } from "./frame-processor.ts";
export { type FrameClass, matchesAny } from "./frame-types.ts";
export {
  type Drainable,
  frameScheduler,
  FrameScheduler,
  type FrameSchedulerOptions,
} from "./engine/frame-scheduler.ts";
export type { InboxLimits } from "./engine/inbox.ts";
export { ObserverHub, type ObserverHubOptions } from "./observing/observer-hub.ts";
export type { Observer, ProcessEvent, PushEvent, SetupEvent, StartedEvent } from "./observing/observer.ts";
export { ParallelPipeline } from "./parallel/parallel-pipeline.ts";
export * from "./pipeline-errors.ts";
export { PipelineRunner, type PipelineRunnerOptions } from "./task/pipeline-runner.ts";
export type { RunnerProcess } from "./task/process-watch.ts";
export { PipelineTask, type PipelineTaskOptions } from "./task/pipeline-task.ts";
export { Pipeline } from "./pipeline.ts";
export type { FrameProcessorEvents } from "./engine/processor-events.ts";
export type { ProcessorMetrics } from "./engine/processor-metrics.ts";
export type * from "./processor-types.ts";
export type { PipelineTaskEvents, PipelineTaskResult } from "./task/task-events.ts";
export { IdleTimeoutEvent } from "./task/task-idle.ts";
export type { PipelineTaskParams } from "./task/task-params.ts";
