import { type FrameClass, type FrameProcessorOptions, matchesAny } from "../../pipeline/index.ts";
import { FunctionFilter } from "./function-filter.ts";

/** Lets frames of the given classes (families included) go on, both ways; system and lifecycle frames always pass. */
export class FrameFilter extends FunctionFilter {
  constructor(classes: readonly FrameClass[], options: FrameProcessorOptions = {}) {
    super(matchesAny(classes), { ...options, direction: "both" });
  }
}
