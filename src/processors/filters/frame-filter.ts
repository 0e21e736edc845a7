import type { FrameProcessorOptions } from "../../pipeline/index.ts";
import { isOneOf } from "../../pipeline/index.ts";
import type { FrameClass } from "../../pipeline/index.ts";
import { FunctionFilter } from "./function-filter.ts";

/** Lets frames of the given classes (families included) go on, both ways; system and lifecycle frames always pass. */
export class FrameFilter extends FunctionFilter {
  constructor(classes: readonly FrameClass[], options: FrameProcessorOptions = {}) {
    super(isOneOf(classes), { ...options, direction: "both" });
  }
}
