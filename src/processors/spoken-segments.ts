import type { AggregatedTextFrame } from "../frames/index.ts";

/** How many pieces of text may wait to be heard. If a model is minutes ahead of its voice, the oldest are dropped. */
const MAX_WAITING = 200;

/** How far a piece of text has been heard. */
export interface SegmentProgress {
  /** The piece of text. */
  readonly frame: AggregatedTextFrame;
  /** The part that has been heard, including the current word. */
  readonly accumulatedText: string;
  /** The part that has not been heard yet, with the space before it. */
  readonly remainingText: string;
}

interface Segment {
  readonly frame: AggregatedTextFrame;
  heard: string;
}

/** The pieces of text that are being spoken, and how far each has been heard. */
export class SpokenSegments {
  #waiting: Segment[] = [];

  /** A piece of text is going to be spoken. */
  add(frame: AggregatedTextFrame): void {
    this.#waiting = [...this.#waiting, { frame, heard: "" }].slice(-MAX_WAITING);
  }

  /**
   * A word was heard. Returns the progress through its piece of text; undefined when it fits none: a voice may spell its
   * words differently from the text, and then there is nothing to follow.
   */
  hear(word: AggregatedTextFrame): SegmentProgress | undefined {
    const at = this.#waiting.findIndex(({ frame, heard }) => {
      return frame.contextId === word.contextId && frame.text.startsWith(appendWord(heard, word));
    });
    const segment = this.#waiting[at];
    if (!segment) return undefined;
    // Earlier segments were abandoned.
    this.#waiting.splice(0, at);
    segment.heard = appendWord(segment.heard, word);
    const { frame, heard: accumulatedText } = segment;
    const remainingText = frame.text.slice(accumulatedText.length);
    if (remainingText === "") this.#waiting.shift();
    return { frame, accumulatedText, remainingText };
  }

  /** Forgets the pieces of an utterance, and returns those that were not heard to their end. */
  endUtterance(contextId: string | undefined): AggregatedTextFrame[] {
    const ended = this.#waiting.filter(({ frame }) => frame.contextId === contextId);
    this.#waiting = this.#waiting.filter(({ frame }) => frame.contextId !== contextId);
    return ended.map(({ frame }) => frame);
  }

  /** Forgets what an interruption has cut: everything, except utterances that it does not cut. */
  clear(isKept: (contextId: string | undefined) => boolean = () => false): void {
    this.#waiting = this.#waiting.filter(({ frame }) => isKept(frame.contextId));
  }
}

function appendWord(heard: string, { text, includesInterFrameSpaces }: AggregatedTextFrame): string {
  return `${heard}${heard !== "" && !includesInterFrameSpaces ? " " : ""}${text}`.trim();
}
