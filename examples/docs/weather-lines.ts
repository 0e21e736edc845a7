// Work that takes a while: looks something up for every text that passes.
import { type Frame, type FrameDirection, FrameProcessor, type ProcessContext, TextFrame } from "tavus-transport";

export type Lookup = (place: string, signal: AbortSignal) => Promise<string>;

export class WeatherLines extends FrameProcessor {
  readonly #lookup: Lookup;

  constructor(lookup: Lookup) {
    super();
    this.#lookup = lookup;
  }

  // #region process
  override async process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): Promise<void> {
    if (!(frame instanceof TextFrame)) {
      ctx.push(frame, direction);
      return;
    }
    const weather = await this.#lookup(frame.text, ctx.signal); // stops when the user interrupts
    ctx.push(new TextFrame(`${frame.text}: ${weather}`), direction); // dropped after an interruption
  }
  // #endregion
}
