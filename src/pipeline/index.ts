export { FrameProcessor } from "./frame-processor.ts";
export type { FrameProcessorOptions } from "./frame-processor.ts";
export { FrameScheduler, frameScheduler } from "./frame-scheduler.ts";
export type { FrameSchedulerOptions } from "./frame-scheduler.ts";
export type { InboxLimits } from "./inbox.ts";
export type { Observer, ProcessEvent, PushEvent } from "./observer.ts";
export * from "./pipeline-errors.ts";
export type * from "./processor-types.ts";
