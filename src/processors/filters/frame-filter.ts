import { type FrameClass, type FrameProcessorOptions, matchesAny } from "../../pipeline/index.ts";
import { FunctionFilter } from "./function-filter.ts";

/**
 * Passes frames of the given classes and their subclasses, in both directions. System and lifecycle frames always pass.
 */
export class FrameFilter extends FunctionFilter {
  constructor(classes: readonly FrameClass[], options: FrameProcessorOptions = {}) {
    super(matchesAny(classes), { ...options, direction: "both" });
  }
}
