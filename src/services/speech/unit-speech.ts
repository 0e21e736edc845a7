import {
  AggregatedTextFrame,
  type Frame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  TTSTextFrame,
} from "../../frames/index.ts";
import type { SpeechContext } from "./speech-context.ts";
import { WordAligner } from "../text/word-aligner.ts";

export interface SpokenWord {
  readonly text: string;
  /** When it is said, from the beginning of the audio of this text, in milliseconds. */
  readonly offsetMs: number;
}

export interface UnitSpeechOptions {
  readonly context: SpeechContext;
  /** As it came. */
  readonly raw: string;
  /** What is left of it for speech, with the white space before it. */
  readonly filtered: string;
  readonly aggregatedBy: string;
  /** Of the audio, in Hz. */
  readonly sampleRate: number;
  readonly nowMs: () => number;
  readonly push: (frame: Frame) => void;
}

/** One piece of text on its way to speech: makes the frames that tell of it, in their order. */
export class UnitSpeech {
  /** What is to be spoken. */
  readonly text: string;
  readonly #options: UnitSpeechOptions;
  /** Its text in the context, where words or tokens bring their own spaces. */
  readonly #verbatim: string;
  readonly #aligner: WordAligner;
  #earlyWords: SpokenWord[] = [];
  /** Stretches of its audio without a gap: where each begins in the audio, and when. More than one for a slow provider. */
  readonly #stretches: { readonly offsetMs: number; readonly beginsMs: number }[] = [];
  #audioMs = 0;
  /** Audio of the context before this text. */
  readonly #beforeMs: number;
  #timed = false;

  constructor(options: UnitSpeechOptions) {
    this.#options = options;
    const { filtered, context } = options;
    // Before the first word of all there is no space.
    this.#verbatim = context.started || context.continues ? filtered.trimEnd() : filtered.trim();
    this.text = this.#isToken ? this.#verbatim : filtered.trim();
    this.#aligner = new WordAligner(this.#verbatim);
    this.#beforeMs = context.audioMs;
  }

  /** It is going to be said. */
  announce(): void {
    const { push, aggregatedBy, context } = this.#options;
    const fields = { aggregatedBy, contextId: context.id, rawText: this.#rawText };
    push(new AggregatedTextFrame(this.text, { ...fields, willBeSpoken: true, appendToContext: false }));
  }

  /** The next piece of its audio. True for the first of the whole context. */
  audio(pcm: Int16Array): boolean {
    const { push, context, sampleRate, nowMs } = this.#options;
    const first = !context.started;
    if (first) {
      context.started = true;
      // With the audio, not ahead of it: the times of words count from here.
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
      this.words(early);
    }
    return first;
  }

  /** Words may come before their audio; they are told of after it. */
  words(words: readonly SpokenWord[]): void {
    if (this.#stretches.length === 0) {
      this.#earlyWords.push(...words);
      return;
    }
    for (const { text, offsetMs } of words) {
      const stretch = this.#stretches.findLast((begun) => begun.offsetMs <= offsetMs) ?? this.#stretches[0];
      if (!stretch) continue;
      this.#timed = true;
      this.#pushWords(this.#aligner.next(text), offsetMs, stretch.beginsMs + offsetMs - stretch.offsetMs);
    }
  }

  /** No audio will follow. What was said without times is told now; of what failed midway, only the words that came. */
  finish(complete: boolean): void {
    if (this.#stretches.length === 0) return;
    if (!this.#timed) this.#options.push(new TTSTextFrame(this.#isToken ? this.#verbatim : this.text, this.#said()));
    else if (complete) this.#pushWords(this.#aligner.rest(), this.#audioMs, this.#options.context.audioEndMs);
  }

  /** When no audio will follow: the text that was not said, at its end. */
  unsaid(): string {
    if (this.#stretches.length === 0) return this.text;
    return this.#timed ? this.#aligner.rest().trim() : "";
  }

  #pushWords(text: string, offsetMs: number, atMs: number): void {
    if (text.trim() === "") return;
    const { push, context } = this.#options;
    const { appendToContext, id: contextId } = context;
    const options = { aggregatedBy: "word", contextId, appendToContext, includesInterFrameSpaces: true };
    const frame = new TTSTextFrame(text, options);
    frame.ptsMs = context.ptsMs(atMs);
    frame.audioOffsetMs = this.#beforeMs + offsetMs;
    push(frame);
  }

  #said(): ConstructorParameters<typeof TTSTextFrame>[1] {
    const { aggregatedBy, context } = this.#options;
    const { appendToContext, id: contextId } = context;
    const includesInterFrameSpaces = this.#isToken;
    return { aggregatedBy, contextId, appendToContext, includesInterFrameSpaces, rawText: this.#rawText };
  }

  get #isToken(): boolean {
    return this.#options.aggregatedBy === "token";
  }

  /** Only where speech has lost something. */
  get #rawText(): string | undefined {
    const { raw, filtered } = this.#options;
    return raw === filtered ? undefined : raw.trim();
  }
}
