import type { Frame, FrameDirection } from "../../frames/index.ts";
import { FrameProcessor, type FrameProcessorOptions, type ProcessContext } from "../../pipeline/index.ts";

/**
 * Calls back with every frame that passes, in both directions. It pushes the frame first: if the callback throws, the
 * error is reported as this processor's and no frame is lost. The callback runs inline and is not awaited, so keep it
 * fast.
 */
export class FrameTap extends FrameProcessor {
  readonly #callback: (frame: Frame, direction: FrameDirection) => void;

  constructor(callback: (frame: Frame, direction: FrameDirection) => void, options: FrameProcessorOptions = {}) {
    super(options);
    this.#callback = callback;
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void {
    ctx.push(frame, direction);
    this.#callback(frame, direction);
  }
}
