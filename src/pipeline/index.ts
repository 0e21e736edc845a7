export { FrameProcessor } from "./frame-processor.ts";
export type { FrameProcessorOptions } from "./frame-processor.ts";
export { FrameScheduler, frameScheduler } from "./frame-scheduler.ts";
export type { Drainable, FrameSchedulerOptions } from "./frame-scheduler.ts";
export type { InboxLimits } from "./inbox.ts";
export type { Observer, ObserverHub, ProcessEvent, PushEvent } from "./observer.ts";
export * from "./pipeline-errors.ts";
export { PipelineRunner } from "./pipeline-runner.ts";
export type { PipelineRunnerOptions, RunnerProcess } from "./pipeline-runner.ts";
export { PipelineTask } from "./pipeline-task.ts";
export type {
  PipelineTaskEvents,
  PipelineTaskOptions,
  PipelineTaskParams,
  PipelineTaskResult,
} from "./pipeline-task.ts";
export { Pipeline } from "./pipeline.ts";
export type * from "./processor-types.ts";
