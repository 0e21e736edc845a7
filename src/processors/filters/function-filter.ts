import type { Frame, FrameDirection } from "../../frames/index.ts";
import { FrameProcessor, type FrameProcessorOptions, type ProcessContext } from "../../pipeline/index.ts";
import { isThenable } from "../../util/thenable.ts";
import { alwaysPasses } from "./always-passes.ts";

/** Options of a {@link FunctionFilter}. */
export interface FunctionFilterOptions extends FrameProcessorOptions {
  /** Direction in which frames are filtered. Frames in the other direction pass. Default "downstream". */
  readonly direction?: FrameDirection | "both";
  /** Whether the predicate also decides about system frames, including interruptions. Default false: they pass. */
  readonly filterSystemFrames?: boolean;
}

/** Returns whether the frame may pass. */
export type FramePredicate = (frame: Frame, direction: FrameDirection) => boolean | Promise<boolean>;

/**
 * Passes the frames that a predicate accepts. Lifecycle frames (Start, End, Stop, Cancel) and the task's own frames
 * always pass; so do system frames, unless `filterSystemFrames` is set. While an asynchronous predicate decides, later
 * frames wait.
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
