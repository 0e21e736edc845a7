export { UserIdleController } from "./user-idle-controller.ts";
export { type UserIdleEvents, UserIdleProcessor, type UserIdleProcessorOptions } from "./user-idle-processor.ts";
