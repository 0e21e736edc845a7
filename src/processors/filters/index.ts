export { FrameFilter } from "./frame-filter.ts";
export { FrameTap } from "./frame-tap.ts";
export { type FramePredicate, FunctionFilter, type FunctionFilterOptions } from "./function-filter.ts";
export { IdentityFilter } from "./identity-filter.ts";
export { NullFilter } from "./null-filter.ts";
