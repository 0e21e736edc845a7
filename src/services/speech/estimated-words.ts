import { OnsetScan } from "../../audio/onset-scan.ts";
import type { SpeechRate } from "./speech-rate.ts";
import { type SpokenPiece, splitSpokenPieces } from "./spoken-pieces.ts";
import type { SpokenWord } from "./unit-speech.ts";

/**
 * Estimates where the words of a text are in its audio, for a voice that does not report it. The words share the audio
 * by their length; silence before the first sound belongs to none.
 *
 * The duration of the audio is unknown until it has all arrived, which usually is sooner than it is heard. Until then
 * the usual pace of the voice stands in, or a slower one if more audio has arrived than that pace allows. No word has a
 * place beyond the audio that exists.
 */
export class EstimatedWords {
  readonly #rate: SpeechRate;
  readonly #pieces: SpokenPiece[];
  /** Letters of the words that are not taken yet, and of the last one that was. */
  #lettersLeft: number;
  readonly #letters: number;
  readonly #onset: OnsetScan;
  /** Where sound begins. Undefined until it does. */
  #onsetMs: number | undefined;
  #audioMs = 0;
  #complete = false;
  /** The place of the last word that was taken, and its letters. */
  #last: { readonly offsetMs: number; readonly letters: number } | undefined;

  constructor(text: string, rate: SpeechRate, sampleRate: number) {
    this.#rate = rate;
    this.#pieces = splitSpokenPieces(text);
    this.#letters = this.#pieces.reduce((sum, { letters }) => sum + letters, 0);
    this.#lettersLeft = this.#letters;
    this.#onset = new OnsetScan(sampleRate);
  }

  /** Adds audio. */
  addAudio(pcm: Int16Array, durationMs: number): void {
    this.#onsetMs ??= this.#onset.add(pcm);
    this.#audioMs += durationMs;
  }

  /** Ends the audio: its duration is known, and so is the pace of the voice. */
  end(): void {
    this.#complete = true;
    // Without any sound that could be recognised, the audio is taken as it is.
    this.#onsetMs ??= 0;
    this.#rate.note(this.#letters, this.#audioMs - this.#onsetMs);
  }

  /** The next word, if its place is within the audio so far. */
  get next(): SpokenWord | undefined {
    const [piece] = this.#pieces;
    const offsetMs = this.#nextOffsetMs;
    if (!piece || offsetMs === undefined || (!this.#complete && offsetMs >= this.#audioMs)) return undefined;
    return { text: piece.text, offsetMs };
  }

  /** Takes the next word: its place is final. */
  take(): void {
    const offsetMs = this.#nextOffsetMs;
    const piece = this.#pieces.shift();
    if (!piece || offsetMs === undefined) return;
    this.#lettersLeft -= this.#last?.letters ?? 0;
    this.#last = { offsetMs, letters: piece.letters };
  }

  get #nextOffsetMs(): number | undefined {
    if (this.#onsetMs === undefined) return undefined;
    const { offsetMs, letters } = this.#last ?? { offsetMs: this.#onsetMs, letters: 0 };
    const evenMs = (this.#audioMs - offsetMs) / this.#lettersLeft;
    return offsetMs + letters * (this.#complete ? evenMs : Math.max(this.#rate.msPerLetter, evenMs));
  }
}
