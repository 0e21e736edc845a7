import { FunctionFilter } from "./function-filter.ts";
import type { FrameProcessorOptions } from "../../pipeline/index.ts";

/** Lets nothing go on, either way, but system and lifecycle frames: the end of a branch that only listens. */
export class NullFilter extends FunctionFilter {
  constructor(options: FrameProcessorOptions = {}) {
    super(() => false, { ...options, direction: "both" });
  }
}
