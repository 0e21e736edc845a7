import {
  AggregatedTextFrame,
  AggregatedTextProgressFrame,
  type Frame,
  type FrameDirection,
  InterruptionFrame,
} from "../frames/index.ts";
import { FrameProcessor, type ProcessContext } from "../pipeline/index.ts";

/** How many pieces of text may wait to be heard. If a model is minutes ahead of its voice, the oldest are dropped. */
const MAX_WAITING = 200;

interface Segment {
  readonly frame: AggregatedTextFrame;
  heard: string;
}

/**
 * Follows the voice in the text: with each word that is heard, it pushes an AggregatedTextProgressFrame with the
 * progress through the sentence. Put it between the output transport, which releases words when they are heard, and the
 * assistant aggregator, which consumes them. It forwards every frame. A voice without word timestamps yields one frame
 * per sentence.
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
    if (frame.kind === "TTSTextFrame") this.#advance(frame, ctx);
    else if (frame.willBeSpoken) this.#waiting = [...this.#waiting, { frame, heard: "" }].slice(-MAX_WAITING);
  }

  #advance(word: AggregatedTextFrame, ctx: ProcessContext): void {
    const at = this.#waiting.findIndex(({ frame, heard }) => {
      return frame.contextId === word.contextId && frame.text.startsWith(appendWord(heard, word));
    });
    const segment = this.#waiting[at];
    // A voice may spell its words differently from the text; then there is nothing to follow.
    if (!segment) return;
    // Earlier segments were abandoned.
    this.#waiting.splice(0, at);
    segment.heard = appendWord(segment.heard, word);
    const { id: segmentId, contextId, text, aggregatedBy } = segment.frame;
    const remainingText = text.slice(segment.heard.length);
    if (remainingText === "") this.#waiting.shift();
    const accumulatedText = segment.heard;
    ctx.push(
      new AggregatedTextProgressFrame({ segmentId, contextId, text, aggregatedBy, accumulatedText, remainingText }),
    );
  }
}

function appendWord(heard: string, { text, includesInterFrameSpaces }: AggregatedTextFrame): string {
  return `${heard}${heard !== "" && !includesInterFrameSpaces ? " " : ""}${text}`.trim();
}
