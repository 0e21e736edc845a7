import {
  AggregatedTextFrame,
  AggregatedTextProgressFrame,
  type Frame,
  type FrameDirection,
  InterruptionFrame,
} from "../frames/index.ts";
import { FrameProcessor, type ProcessContext } from "../pipeline/index.ts";

/** Pieces of text that may wait to be heard; a model that is minutes ahead of its voice loses the oldest. */
const MAX_WAITING = 200;

interface Segment {
  readonly frame: AggregatedTextFrame;
  heard: string;
}

/**
 * Follows the voice in the text: with each word that is heard, an AggregatedTextProgressFrame says how far the sentence has
 * come. Put it between the output transport, which releases words when they are heard, and the assistant aggregator, which
 * consumes them. It forwards everything. A voice without times of words gives one for each sentence.
 */
export class TextProgressProcessor extends FrameProcessor {
  #waiting: Segment[] = [];

  constructor() {
    super({ name: "TextProgressProcessor" });
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void {
    ctx.push(frame, direction);
    if (direction === "upstream") return;
    if (frame instanceof InterruptionFrame) this.#waiting = [];
    if (!(frame instanceof AggregatedTextFrame)) return;
    if (frame.kind === "TTSTextFrame") this.#heard(frame, ctx);
    else if (frame.willBeSpoken) this.#waiting = [...this.#waiting, { frame, heard: "" }].slice(-MAX_WAITING);
  }

  #heard(word: AggregatedTextFrame, ctx: ProcessContext): void {
    const at = this.#waiting.findIndex(({ frame, heard }) => {
      return frame.contextId === word.contextId && frame.text.startsWith(after(heard, word));
    });
    const segment = this.#waiting[at];
    // The words of a voice may be spelled otherwise than its text; then there is nothing to follow.
    if (!segment) return;
    // What stands before it was given up in the middle.
    this.#waiting.splice(0, at);
    segment.heard = after(segment.heard, word);
    const { id: segmentId, contextId, text, aggregatedBy } = segment.frame;
    const remainingText = text.slice(segment.heard.length);
    if (remainingText === "") this.#waiting.shift();
    const accumulatedText = segment.heard;
    ctx.push(
      new AggregatedTextProgressFrame({ segmentId, contextId, text, aggregatedBy, accumulatedText, remainingText }),
    );
  }
}

function after(heard: string, { text, includesInterFrameSpaces }: AggregatedTextFrame): string {
  return `${heard}${heard !== "" && !includesInterFrameSpaces ? " " : ""}${text}`.trim();
}
