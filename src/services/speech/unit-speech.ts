import {
  AggregatedTextFrame,
  type Frame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  TTSTextFrame,
} from "../../frames/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";
import { EstimatedWords } from "./estimated-words.ts";
import type { SpeechContext } from "./speech-context.ts";
import type { SpeechRate } from "./speech-rate.ts";
import { WordAligner } from "../text/word-aligner.ts";

/** An estimated word is pushed this long before it can be heard, so that it reaches the output in time. */
const ESTIMATE_LEAD_MS = 200;
/** Timers are not more precise than this. */
const TIMER_MS = 1;

/** A word with its time in the audio. */
export interface SpokenWord {
  /** The word as the provider spells it. */
  readonly text: string;
  /** Start of the word, in milliseconds from the beginning of the audio of this text. */
  readonly offsetMs: number;
}

/** Options of a {@link UnitSpeech}. */
export interface UnitSpeechOptions {
  readonly context: SpeechContext;
  /** The text as it arrived. */
  readonly raw: string;
  /** The text after the filters, including leading white space. */
  readonly filtered: string;
  readonly aggregatedBy: string;
  /** Sample rate of the audio in Hz. */
  readonly sampleRate: number;
  readonly clock: Clock;
  readonly push: (frame: Frame) => void;
  /** The pace of the voice, if it does not report the times of its words: then they are estimated. */
  readonly estimateBy?: SpeechRate | undefined;
}

/** Speaks one piece of text: pushes its frames in order. Dispose of it when it is over, however it ended. */
export class UnitSpeech implements Disposable {
  /** The text to speak. */
  readonly text: string;
  readonly #options: UnitSpeechOptions;
  /** Its text in the context, if words or tokens contain their own spaces. */
  readonly #verbatim: string;
  readonly #aligner: WordAligner;
  /** Finds the words in the text as it arrived, if the filters have changed it. */
  readonly #rawAligner: WordAligner | undefined;
  #estimated: EstimatedWords | undefined;
  #estimateTimer: TimerHandle;
  #earlyWords: SpokenWord[] = [];
  /**
   * Stretches of audio without a gap: the position in the audio and the time at which each begins. A slow provider
   * causes more than one.
   */
  readonly #stretches: { readonly offsetMs: number; readonly beginsMs: number }[] = [];
  #audioMs = 0;
  /** Duration of the audio of the context before this text. */
  readonly #beforeMs: number;
  #timed = false;

  constructor(options: UnitSpeechOptions) {
    this.#options = options;
    const { raw, filtered, context, estimateBy, sampleRate } = options;
    // There is no space before the first word of an utterance.
    const trim = (text: string): string => (context.started || context.continues ? text.trimEnd() : text.trim());
    this.#verbatim = trim(filtered);
    this.text = this.#isToken ? this.#verbatim : filtered.trim();
    this.#aligner = new WordAligner(this.#verbatim);
    if (raw !== filtered) this.#rawAligner = new WordAligner(trim(raw));
    if (estimateBy) this.#estimated = new EstimatedWords(this.#verbatim, estimateBy, sampleRate);
    this.#beforeMs = context.audioMs;
  }

  /** Announces that the text is going to be spoken. */
  announce(): void {
    const { push, aggregatedBy, context } = this.#options;
    const fields = { aggregatedBy, contextId: context.id, rawText: this.#rawText };
    push(new AggregatedTextFrame(this.text, { ...fields, willBeSpoken: true, appendToContext: false }));
  }

  /** Pushes the next piece of audio. Returns true for the first piece of the whole context. */
  pushAudio(pcm: Int16Array): boolean {
    const { push, context, sampleRate, clock } = this.#options;
    const first = !context.started;
    if (first) {
      context.started = true;
      // Together with the audio, not ahead of it: the times of words start here.
      const { opensTurn: appendToContext, uninterruptible } = context;
      push(new TTSStartedFrame(context.id, { appendToContext, interruptible: !uninterruptible }));
    }
    const frame = new TTSAudioRawFrame({ audio: pcm, sampleRate, contextId: context.id });
    const endedMs = context.audioEndMs;
    const beginsMs = context.addAudio(frame.durationMs, clock.nowMs());
    const firstOfUnit = this.#stretches.length === 0;
    if (firstOfUnit || beginsMs > endedMs) this.#stretches.push({ offsetMs: this.#audioMs, beginsMs });
    this.#audioMs += frame.durationMs;
    push(frame);
    if (firstOfUnit) {
      const early = this.#earlyWords;
      this.#earlyWords = [];
      this.pushWords(early);
    }
    this.#estimated?.addAudio(pcm, frame.durationMs);
    this.#pushEstimated({ early: false });
    return first;
  }

  /**
   * Pushes words. Words that arrive before their audio are pushed after it. What a provider reports takes the place of
   * estimates.
   */
  pushWords(words: readonly SpokenWord[]): void {
    if (words.length === 0) return;
    this.#stopEstimating();
    if (this.#stretches.length === 0) {
      this.#earlyWords.push(...words);
      return;
    }
    for (const { text, offsetMs } of words) {
      this.#timed = true;
      this.#pushTimedText(this.#aligner.next(text), offsetMs, this.#timeAt(offsetMs));
    }
  }

  /**
   * Ends the text: no audio will follow. Text without timestamps is pushed now. If the text failed midway, only words
   * that have arrived count as said.
   */
  finish(complete: boolean): void {
    if (this.#stretches.length === 0) return;
    if (complete) this.#estimated?.end();
    this.#pushEstimated({ early: true });
    if (!this.#timed && !this.#estimated)
      this.#options.push(new TTSTextFrame(this.#isToken ? this.#verbatim : this.text, this.#createSpokenOptions()));
    else if (complete) this.#pushTimedText(this.#aligner.rest(), this.#audioMs, this.#options.context.audioEndMs);
  }

  /** Whether any audio has arrived. */
  get hasAudio(): boolean {
    return this.#stretches.length > 0;
  }

  /** Returns the text at the end that was not spoken, once no audio will follow. */
  getUnsaid(): string {
    if (!this.hasAudio) return this.text;
    return this.#timed || this.#estimated ? this.#aligner.rest().trim() : "";
  }

  [Symbol.dispose](): void {
    this.#stopEstimating();
  }

  /**
   * Pushes estimated words that will soon be heard, or all that have a place (`early`). The later, the better their
   * place is known.
   */
  #pushEstimated({ early }: { readonly early: boolean }): void {
    const { clock } = this.#options;
    const estimated = this.#estimated;
    clock.clearTimeout(this.#estimateTimer);
    for (let word = estimated?.next; word; word = estimated?.next) {
      const atMs = this.#timeAt(word.offsetMs);
      const waitMs = atMs - ESTIMATE_LEAD_MS - clock.nowMs();
      if (!early && waitMs >= TIMER_MS) {
        this.#estimateTimer = clock.setTimeout(() => this.#pushEstimated({ early }), waitMs);
        return;
      }
      estimated?.take();
      this.#timed = true;
      this.#aligner.skip(word.text);
      this.#pushTimedText(word.text, word.offsetMs, atMs, true);
    }
  }

  #stopEstimating(): void {
    this.#options.clock.clearTimeout(this.#estimateTimer);
    this.#estimated = undefined;
  }

  /** The time at which a position of the audio is heard if the first audio is heard at once. */
  #timeAt(offsetMs: number): number {
    const stretch = this.#stretches.findLast((begun) => begun.offsetMs <= offsetMs) ?? this.#stretches[0];
    return stretch ? stretch.beginsMs + offsetMs - stretch.offsetMs : this.#options.clock.nowMs();
  }

  #pushTimedText(text: string, offsetMs: number, atMs: number, estimated = false): void {
    if (text.trim() === "") return;
    const { push, context } = this.#options;
    const { appendToContext, id: contextId } = context;
    const rawText = this.#takeRaw(text);
    const options = { aggregatedBy: "word", contextId, appendToContext, includesInterFrameSpaces: true, rawText };
    const frame = new TTSTextFrame(text, options);
    frame.estimated = estimated;
    frame.ptsMs = context.orderPtsMs(atMs);
    frame.audioOffsetMs = this.#beforeMs + offsetMs;
    push(frame);
  }

  #createSpokenOptions(): ConstructorParameters<typeof TTSTextFrame>[1] {
    const { aggregatedBy, context } = this.#options;
    const { appendToContext, id: contextId } = context;
    const includesInterFrameSpaces = this.#isToken;
    return { aggregatedBy, contextId, appendToContext, includesInterFrameSpaces, rawText: this.#rawText };
  }

  /** The part of the original text up to the end of a word, if the filters have changed the text. */
  #takeRaw(word: string): string | undefined {
    const aligner = this.#rawAligner;
    return this.#aligner.atEnd ? aligner?.rest() : aligner?.next(word);
  }

  get #isToken(): boolean {
    return this.#options.aggregatedBy === "token";
  }

  /** The original text, if the filters have changed it. */
  get #rawText(): string | undefined {
    const { raw, filtered } = this.#options;
    return raw === filtered ? undefined : raw.trim();
  }
}
