// Says everything louder.
import { type Frame, type FrameDirection, FrameProcessor, type ProcessContext, TextFrame } from "tavus-transport";

export class Shouter extends FrameProcessor {
  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void {
    if (frame instanceof TextFrame) ctx.push(new TextFrame(frame.text.toUpperCase()), direction);
    else ctx.push(frame, direction);
  }
}
