import { WordAligner } from "../text/word-aligner.ts";
import type { SpokenWord } from "./unit-speech.ts";

/** A word as a vendor reports it. Times count from the beginning of the vendor's context. */
export interface VendorWord {
  /** The word as the vendor spells it. */
  readonly text: string;
  /** Start of the word in milliseconds. */
  readonly startMs: number;
  /** End of the word in milliseconds. */
  readonly endMs: number;
}

/** Without any word, a text is begun again if no more than this of it was heard. */
const MAX_REPEATED_MS = 1000;

/**
 * Follows one text while a vendor speaks it, so that the rest can be spoken on another connection when this one is lost.
 * Words are passed on with their audio, not ahead of it: what was passed on is what may have been heard.
 */
export class SpokenText {
  /** What is still to be spoken. */
  #rest: string;
  #audioMs = 0;
  /** Duration of the audio before the present attempt. */
  #beforeMs = 0;
  /** Words of the present attempt that were passed on; times from the beginning of the attempt's audio. */
  #said: VendorWord[] = [];
  #held: VendorWord[] = [];
  /** Number of words at the beginning of the attempt that an earlier one has passed on and not finished. */
  #repeated = 0;

  constructor(text: string) {
    this.#rest = text;
  }

  /** The text of the present attempt. */
  get rest(): string {
    return this.#rest;
  }

  /** Whether the present attempt has produced audio. */
  get hasAudio(): boolean {
    return this.#audioMs > this.#beforeMs;
  }

  /** Notes audio of the attempt. Returns the words that begin in the audio so far. */
  addAudio(durationMs: number): readonly SpokenWord[] {
    this.#audioMs += durationMs;
    return this.#release(this.#audioMs - this.#beforeMs);
  }

  /** Adds words. Times count from the beginning of the attempt's audio. Returns those that begin in the audio so far. */
  addWords(words: readonly VendorWord[]): readonly SpokenWord[] {
    this.#held.push(...words);
    return this.#release(this.#audioMs - this.#beforeMs);
  }

  /** Returns the words that still wait for audio, once no audio will follow. */
  finish(): readonly SpokenWord[] {
    return this.#release(Infinity);
  }

  /**
   * Prepares an attempt to speak the rest. A word that was cut is spoken again, but passed on once. Returns false when
   * the vendor has not said which words it has spoken, and more was heard than may be said twice.
   */
  resume(): boolean {
    const audioMs = this.#audioMs - this.#beforeMs;
    this.#held = [];
    if (this.#said.length === 0) {
      this.#beforeMs = this.#audioMs;
      return audioMs < MAX_REPEATED_MS;
    }
    const finished = this.#said.filter(({ endMs }) => endMs <= audioMs);
    const aligner = new WordAligner(this.#rest);
    for (const { text } of finished) aligner.next(text);
    this.#rest = aligner.rest().trim();
    this.#repeated = this.#said.length - finished.length;
    this.#said = [];
    this.#beforeMs = this.#audioMs;
    return true;
  }

  #release(untilMs: number): readonly SpokenWord[] {
    const waiting = this.#held.findIndex(({ startMs }) => startMs >= untilMs);
    const ready = this.#held.splice(0, waiting < 0 ? this.#held.length : waiting);
    this.#said.push(...ready);
    const known = Math.min(this.#repeated, ready.length);
    this.#repeated -= known;
    return ready.slice(known).map(({ text, startMs }) => ({ text, offsetMs: this.#beforeMs + Math.max(0, startMs) }));
  }
}
