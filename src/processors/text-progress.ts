import {
  AggregatedTextFrame,
  AggregatedTextProgressFrame,
  type Frame,
  type FrameDirection,
  InterruptionFrame,
} from "../frames/index.ts";
import { FrameProcessor, type ProcessContext } from "../pipeline/index.ts";
import { SpokenSegments } from "./spoken-segments.ts";

/**
 * Follows the voice in the text: with each word that is heard, it pushes an AggregatedTextProgressFrame with the
 * progress through the sentence. Put it between the output transport, which releases words when they are heard, and the
 * assistant aggregator, which consumes them. It forwards every frame. A voice without word timestamps yields one frame
 * per sentence.
 */
export class TextProgressProcessor extends FrameProcessor {
  readonly #segments = new SpokenSegments();

  constructor() {
    super({ name: "TextProgressProcessor" });
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void {
    ctx.push(frame, direction);
    if (direction === "upstream") return;
    if (frame instanceof InterruptionFrame) this.#segments.clear();
    if (!(frame instanceof AggregatedTextFrame)) return;
    if (frame.kind === "TTSTextFrame") this.#advance(frame, ctx);
    else if (frame.willBeSpoken) this.#segments.add(frame);
  }

  #advance(word: AggregatedTextFrame, ctx: ProcessContext): void {
    const progress = this.#segments.hear(word);
    if (!progress) return;
    const { frame, accumulatedText, remainingText } = progress;
    const { id: segmentId, contextId, text, aggregatedBy } = frame;
    ctx.push(
      new AggregatedTextProgressFrame({ segmentId, contextId, text, aggregatedBy, accumulatedText, remainingText }),
    );
  }
}
