import { matchesAny } from "../../pipeline/frame-types.ts";
import type { FrameClass, FrameProcessorOptions } from "../../pipeline/index.ts";
import { FunctionFilter } from "./function-filter.ts";

/**
 * Passes frames of the given classes and their subclasses, in both directions. System and lifecycle frames always pass.
 */
export class FrameFilter extends FunctionFilter {
  constructor(classes: readonly FrameClass[], options: FrameProcessorOptions = {}) {
    super(matchesAny(classes), { ...options, direction: "both" });
  }
}
