import type { Frame, FrameDirection } from "../../frames/index.ts";
import { FrameProcessor, type FrameProcessorOptions, type ProcessContext } from "../../pipeline/index.ts";

/**
 * Shows every frame that passes this place, both ways, to a callback, and passes it on first: a callback that throws is
 * reported as an error of this processor and loses no frame. It is called inline and not waited for, so be quick.
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
