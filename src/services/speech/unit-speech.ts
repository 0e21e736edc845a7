import {
  AggregatedTextFrame,
  type Frame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  TTSTextFrame,
} from "../../frames/index.ts";
import type { SpeechContext } from "./speech-context.ts";
import { WordAligner } from "../text/word-aligner.ts";

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
  readonly nowMs: () => number;
  readonly push: (frame: Frame) => void;
}

/** Speaks one piece of text: pushes its frames in order. */
export class UnitSpeech {
  /** The text to speak. */
  readonly text: string;
  readonly #options: UnitSpeechOptions;
  /** Its text in the context, if words or tokens contain their own spaces. */
  readonly #verbatim: string;
  readonly #aligner: WordAligner;
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
    const { filtered, context } = options;
    // There is no space before the first word of an utterance.
    this.#verbatim = context.started || context.continues ? filtered.trimEnd() : filtered.trim();
    this.text = this.#isToken ? this.#verbatim : filtered.trim();
    this.#aligner = new WordAligner(this.#verbatim);
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
    const { push, context, sampleRate, nowMs } = this.#options;
    const first = !context.started;
    if (first) {
      context.started = true;
      // Together with the audio, not ahead of it: the times of words start here.
      const { opensTurn: appendToContext, uninterruptible } = context;
      push(new TTSStartedFrame(context.id, { appendToContext, interruptible: !uninterruptible }));
    }
    const frame = new TTSAudioRawFrame({ audio: pcm, sampleRate, contextId: context.id });
    const endedMs = context.audioEndMs;
    const beginsMs = context.addAudio(frame.durationMs, nowMs());
    const firstOfUnit = this.#stretches.length === 0;
    if (firstOfUnit || beginsMs > endedMs) this.#stretches.push({ offsetMs: this.#audioMs, beginsMs });
    this.#audioMs += frame.durationMs;
    push(frame);
    if (firstOfUnit) {
      const early = this.#earlyWords;
      this.#earlyWords = [];
      this.pushWords(early);
    }
    return first;
  }

  /** Pushes words. Words that arrive before their audio are pushed after it. */
  pushWords(words: readonly SpokenWord[]): void {
    if (this.#stretches.length === 0) {
      this.#earlyWords.push(...words);
      return;
    }
    for (const { text, offsetMs } of words) {
      const stretch = this.#stretches.findLast((begun) => begun.offsetMs <= offsetMs) ?? this.#stretches[0];
      if (!stretch) continue;
      this.#timed = true;
      this.#pushTimedText(this.#aligner.next(text), offsetMs, stretch.beginsMs + offsetMs - stretch.offsetMs);
    }
  }

  /**
   * Ends the text: no audio will follow. Text without timestamps is pushed now. If the text failed midway, only words
   * that have arrived count as said.
   */
  finish(complete: boolean): void {
    if (this.#stretches.length === 0) return;
    if (!this.#timed)
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
    return this.#timed ? this.#aligner.rest().trim() : "";
  }

  #pushTimedText(text: string, offsetMs: number, atMs: number): void {
    if (text.trim() === "") return;
    const { push, context } = this.#options;
    const { appendToContext, id: contextId } = context;
    const options = { aggregatedBy: "word", contextId, appendToContext, includesInterFrameSpaces: true };
    const frame = new TTSTextFrame(text, options);
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

  get #isToken(): boolean {
    return this.#options.aggregatedBy === "token";
  }

  /** The original text, if the filters have changed it. */
  get #rawText(): string | undefined {
    const { raw, filtered } = this.#options;
    return raw === filtered ? undefined : raw.trim();
  }
}
