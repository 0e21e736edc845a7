// Interrupts from a processor when a user says a certain word.
import {
  type Frame,
  type FrameDirection,
  FrameProcessor,
  type ProcessContext,
  TranscriptionFrame,
  TTSSpeakFrame,
} from "tavus-transport";

export class StopWord extends FrameProcessor {
  // #region process
  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void {
    if (frame instanceof TranscriptionFrame && /\bstop\b/i.test(frame.text)) {
      ctx.broadcastInterruption(); // in both directions; this handler continues
      ctx.push(new TTSSpeakFrame("All right."));
      return;
    }
    ctx.push(frame, direction);
  }
  // #endregion
}
