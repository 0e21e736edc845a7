// Pausing: holds the next answer back until this one has been heard.
import {
  BotStoppedSpeakingFrame,
  type Frame,
  type FrameDirection,
  FrameProcessor,
  LLMFullResponseEndFrame,
  type ProcessContext,
} from "tavus-transport";

/** Ends the pause in case the bot never speaks. */
const AT_MOST_MS = 10_000;

export class OneAtATime extends FrameProcessor {
  #timer: unknown;

  // #region process
  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void {
    ctx.push(frame, direction);
    if (frame instanceof LLMFullResponseEndFrame) {
      this.pause({ direction: "downstream" });
      this.#timer = this.clock.setTimeout(() => this.resume(), AT_MOST_MS);
    } else if (frame instanceof BotStoppedSpeakingFrame) {
      this.clock.clearTimeout(this.#timer);
      this.resume();
    }
  }
  // #endregion

  override async cleanup(): Promise<void> {
    this.clock.clearTimeout(this.#timer);
    await super.cleanup();
  }
}
