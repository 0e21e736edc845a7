import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  type Frame,
  InterimTranscriptionFrame,
  TranscriptionFrame,
} from "../../frames/index.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import type { TranscriptionStartOptions } from "./transcription-start-strategy.ts";
import type { TurnStartDecision, UserTurnStartStrategy } from "./turn-strategies.ts";

/** Finds words even in scripts without spaces. */
const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

/**
 * Starts a turn while the bot speaks only when a transcript has enough words, so that "uh-huh" does not interrupt it;
 * shorter transcripts are discarded. While the bot is silent, one word is enough. Use it without a {@link
 * VADStartStrategy}, which would always be faster.
 */
export class MinWordsStartStrategy implements UserTurnStartStrategy {
  readonly interrupts: boolean;
  readonly announces: boolean;
  readonly #minWords: number;
  readonly #useInterim: boolean;
  #botSpeaking = false;

  /** @throws InvalidOptionError if `minWords` is not a whole number of at least 1. */
  constructor(minWords: number, options: TranscriptionStartOptions = {}) {
    if (!Number.isInteger(minWords) || minWords < 1)
      throw new InvalidOptionError("minWords", `must be a whole number of at least 1; got ${minWords}.`);
    this.#minWords = minWords;
    this.#useInterim = options.useInterim ?? true;
    this.interrupts = options.interrupts ?? true;
    this.announces = options.announces ?? true;
  }

  decide(frame: Frame): TurnStartDecision | undefined {
    if (frame instanceof BotStartedSpeakingFrame) this.#botSpeaking = true;
    else if (frame instanceof BotStoppedSpeakingFrame) this.#botSpeaking = false;
    const final = frame instanceof TranscriptionFrame;
    if (!final && !(this.#useInterim && frame instanceof InterimTranscriptionFrame)) return undefined;
    if (countWords(frame.text) >= (this.#botSpeaking ? this.#minWords : 1)) return "start";
    return final ? "discardText" : undefined;
  }
}

function countWords(text: string): number {
  let words = 0;
  for (const { isWordLike } of segmenter.segment(text)) if (isWordLike === true) words++;
  return words;
}
