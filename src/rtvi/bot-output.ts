import type { AggregatedTextFrame } from "../frames/index.ts";
import { SpokenSegments } from "../processors/spoken-segments.ts";
import type { BotOutputData, LegacyBotOutputData } from "./messages.ts";

/** Pieces of text and words that may wait for the voice. A voice that never starts must not collect them for hours. */
const MAX_LISTED = 500;
/** Utterances to remember something of; more are not open at once. */
const MAX_UTTERANCES = 50;

/** What sends `bot-output`; clients of 1.x receive the old shape of it. */
export interface BotOutputSink {
  output(current: BotOutputData | undefined, legacy: LegacyBotOutputData | undefined): void;
  ttsText(text: string): void;
}

interface Listed {
  readonly contextId: string | undefined;
  /** Whether it is text that is going to be spoken, or a word. */
  readonly isSpoken: boolean;
  readonly send: () => void;
}

/**
 * The life of `bot-output`: a piece of text is "new" when the voice that says it starts, "in-progress" with each word that is
 * heard, "completed" with the last. Text that is not spoken is only "new". Everything that is reported here has left the output
 * transport, so that clients see what users hear.
 */
export class BotOutput {
  readonly #sink: BotOutputSink;
  /** Whether the bot has a voice to wait for. */
  readonly #hasVoice: boolean;
  readonly #segments = new SpokenSegments();
  /** What waits for the voice. */
  #listed: Listed[] = [];
  /** Utterances whose words are spelled otherwise than their text. */
  readonly #unmatched = new Set<string | undefined>();
  /** Utterances that an interruption does not cut. */
  readonly #uncut = new Set<string | undefined>();
  #isSpeaking = false;

  constructor(sink: BotOutputSink, { hasVoice }: { readonly hasVoice: boolean }) {
    this.#sink = sink;
    this.#hasVoice = hasVoice;
  }

  /** The bot is heard from now on. */
  started(): void {
    this.#isSpeaking = true;
    const listed = this.#listed;
    this.#listed = [];
    for (const { send } of listed) send();
  }

  /** The bot is no longer heard. */
  stopped(): void {
    this.#isSpeaking = false;
  }

  /** A piece of text was released: it is going to be spoken, or is not. */
  text(frame: AggregatedTextFrame): void {
    const { id, text, aggregatedBy, contextId, willBeSpoken } = frame;
    if (willBeSpoken) this.#segments.add(frame);
    const send = (): void => this.#sendNew(id, text, aggregatedBy, willBeSpoken);
    if (willBeSpoken ? this.#waitsForVoice : this.#listed.length > 0)
      this.#list({ contextId, isSpoken: willBeSpoken, send });
    else send();
  }

  /** A piece of an answer that is only written. */
  written(id: number, text: string): void {
    const send = (): void => this.#sendNew(id, text, "sentence", false);
    if (this.#listed.length > 0) this.#list({ contextId: undefined, isSpoken: false, send });
    else send();
  }

  /** A word, or a whole text of a voice without word times, was heard. */
  word(word: AggregatedTextFrame): void {
    const progress = this.#segments.hear(word);
    if (!progress) addBounded(this.#unmatched, word.contextId);
    const send = (): void => {
      const isCurrent = progress && this.#progress(progress.frame, progress.accumulatedText, progress.remainingText);
      this.#sink.output(isCurrent, { text: word.text, spoken: true, aggregated_by: word.aggregatedBy });
      this.#sink.ttsText(word.text);
    };
    if (this.#listed.length > 0 && this.#waitsForVoice) this.#list({ contextId: word.contextId, isSpoken: true, send });
    else send();
  }

  /** An utterance was announced that an interruption does not cut. */
  uncut(contextId: string | undefined): void {
    addBounded(this.#uncut, contextId);
  }

  /** An utterance was heard to its end: so were its words, however they were spelled. */
  utteranceEnded(contextId: string | undefined): void {
    const rest = this.#segments.endUtterance(contextId);
    this.#uncut.delete(contextId);
    // Text without any words had no audio.
    if (!this.#unmatched.delete(contextId)) return;
    for (const frame of rest) this.#sink.output(this.#progress(frame, frame.text, ""), undefined);
  }

  /** An answer is over. What of it still waits for the voice has none, so it was not heard. */
  answerEnded(): void {
    if (!this.#waitsForVoice) return;
    const written = this.#listed.filter(({ isSpoken }) => !isSpoken);
    this.#listed = [];
    for (const { send } of written) send();
  }

  /** What was heard has been released; the rest is not said any more, except what an interruption does not cut. */
  interrupted(): void {
    const isUncut = (contextId: string | undefined): boolean => this.#uncut.has(contextId);
    this.#listed = this.#listed.filter(({ contextId, isSpoken }) => isSpoken && isUncut(contextId));
    this.#segments.clear(isUncut);
    for (const contextId of this.#unmatched) if (!isUncut(contextId)) this.#unmatched.delete(contextId);
  }

  get #waitsForVoice(): boolean {
    return this.#hasVoice && !this.#isSpeaking;
  }

  #list(listed: Listed): void {
    this.#listed = [...this.#listed, listed].slice(-MAX_LISTED);
  }

  #sendNew(id: number, text: string, aggregatedBy: string, willBeSpoken: boolean): void {
    // Words and tokens are progress of a text, not a text of their own.
    const isPart = aggregatedBy === "word" || aggregatedBy === "token";
    const current: BotOutputData = {
      text,
      output_type: aggregatedBy,
      aggregated_by: aggregatedBy,
      segment_id: id,
      will_be_spoken: willBeSpoken,
      spoken_status: "new",
      ...(willBeSpoken && { spoken_progress: { accumulated_text: "", remaining_text: text } }),
    };
    this.#sink.output(isPart ? undefined : current, { text, spoken: false, aggregated_by: aggregatedBy });
  }

  #progress(frame: AggregatedTextFrame, accumulatedText: string, remainingText: string): BotOutputData | undefined {
    const { id, text, aggregatedBy } = frame;
    if (aggregatedBy === "word" || aggregatedBy === "token") return undefined;
    return {
      text,
      output_type: aggregatedBy,
      aggregated_by: aggregatedBy,
      segment_id: id,
      will_be_spoken: true,
      spoken_status: remainingText === "" ? "completed" : "in-progress",
      spoken_progress: { accumulated_text: accumulatedText, remaining_text: remainingText },
    };
  }
}

function addBounded(ids: Set<string | undefined>, id: string | undefined): void {
  ids.add(id);
  const [oldest] = ids;
  if (ids.size > MAX_UTTERANCES) ids.delete(oldest);
}
