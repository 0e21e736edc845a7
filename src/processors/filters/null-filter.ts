import { FunctionFilter } from "./function-filter.ts";
import type { FrameProcessorOptions } from "../../pipeline/index.ts";

/**
 * Stops all frames in both directions, except system and lifecycle frames, for example at the end of a branch that only
 * listens.
 */
export class NullFilter extends FunctionFilter {
  constructor(options: FrameProcessorOptions = {}) {
    super(() => false, { ...options, direction: "both" });
  }
}
