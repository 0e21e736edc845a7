import { levelDb } from "./levels.ts";

const WINDOW_MS = 10;
/** Sound louder than this, in dB relative to full scale, is audible. */
const AUDIBLE_DB = -40;
/** This many loud windows in a row are sound; fewer are a click. */
const VOICED_WINDOWS = 5;
/** Silence longer than this is no longer the beginning of an utterance. */
const MAX_SCAN_MS = 3000;

/** Finds where sound begins in a stream of PCM that arrives in pieces of any length. */
export class OnsetScan {
  readonly #window: Int16Array;
  #filled = 0;
  #windows = 0;
  #voiced = 0;
  /** True once sound was found, or the time limit passed without any. */
  #over = false;

  constructor(sampleRate: number, numChannels = 1) {
    this.#window = new Int16Array(Math.max(1, Math.round((sampleRate * WINDOW_MS) / 1000)) * numChannels);
  }

  /**
   * Takes the next piece. Once sound is found, returns how long the silence before it is, in milliseconds. The search
   * ends after 3 s of silence.
   */
  add(pcm: Int16Array): number | undefined {
    let at = 0;
    while (at < pcm.length && !this.#over) {
      const taken = Math.min(pcm.length - at, this.#window.length - this.#filled);
      this.#window.set(pcm.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled === this.#window.length && this.#isOnset()) {
        this.#over = true;
        return (this.#windows - VOICED_WINDOWS) * WINDOW_MS;
      }
    }
    return undefined;
  }

  #isOnset(): boolean {
    this.#filled = 0;
    this.#windows++;
    this.#voiced = levelDb(this.#window) > AUDIBLE_DB ? this.#voiced + 1 : 0;
    this.#over = this.#windows * WINDOW_MS >= MAX_SCAN_MS;
    return this.#voiced === VOICED_WINDOWS;
  }
}
