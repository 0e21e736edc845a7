import type { Frame, FrameDirection } from "../../frames/index.ts";
import { FrameProcessor, type FrameProcessorOptions, type ProcessContext } from "../../pipeline/index.ts";
import { isThenable } from "../../util/thenable.ts";
import { alwaysPasses } from "./always-passes.ts";

export interface FunctionFilterOptions extends FrameProcessorOptions {
  /** Which way frames are filtered; those that travel the other way pass. Default "downstream". */
  readonly direction?: FrameDirection | "both";
  /** Whether the predicate decides over system frames too, interruptions included. Default false: they pass. */
  readonly filterSystemFrames?: boolean;
}

/** Whether the frame may go on. */
export type FramePredicate = (frame: Frame, direction: FrameDirection) => boolean | Promise<boolean>;

/**
 * Lets those frames go on that the predicate accepts. Lifecycle frames (Start, End, Stop, Cancel) and what the task sends
 * through the pipeline always pass; so do system frames, unless told otherwise. Frames behind one whose predicate is
 * asynchronous wait for it.
 */
export class FunctionFilter extends FrameProcessor {
  readonly #predicate: FramePredicate;
  readonly #direction: FrameDirection | "both";
  readonly #filterSystemFrames: boolean;

  constructor(predicate: FramePredicate, options: FunctionFilterOptions = {}) {
    super(options);
    this.#predicate = predicate;
    this.#direction = options.direction ?? "downstream";
    this.#filterSystemFrames = options.filterSystemFrames ?? false;
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    if (!this.#decidesOver(frame, direction)) {
      ctx.push(frame, direction);
      return;
    }
    const accepted = this.#predicate(frame, direction);
    if (isThenable(accepted)) {
      return Promise.resolve(accepted).then((later) => {
        if (later) ctx.push(frame, direction);
      });
    }
    if (accepted) ctx.push(frame, direction);
  }

  #decidesOver(frame: Frame, direction: FrameDirection): boolean {
    const filtered = this.#direction === "both" || this.#direction === direction;
    return filtered && !alwaysPasses(frame) && (this.#filterSystemFrames || frame.category !== "system");
  }
}
