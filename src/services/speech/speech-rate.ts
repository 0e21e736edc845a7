/** About 15 letters and spaces per second, between the usual voices of several languages. */
const ASSUMED_MS_PER_LETTER = 65;
/** The assumption weighs as much as this many letters of measured speech. */
const ASSUMED_LETTERS = 40;
/** How much of the past remains after each text: a change of voice or speed is learned within a few sentences. */
const MEMORY = 0.7;
/** Measurements outside these bounds are silence or noise, not speech. */
const MIN_MS_PER_LETTER = 15;
const MAX_MS_PER_LETTER = 400;

/** The pace of a voice, learned from what it has spoken. */
export class SpeechRate {
  #letters = ASSUMED_LETTERS;
  #durationMs = ASSUMED_LETTERS * ASSUMED_MS_PER_LETTER;

  /** How long the voice takes for a letter, in milliseconds. */
  get msPerLetter(): number {
    return this.#durationMs / this.#letters;
  }

  /** Takes the measure of a text that was spoken. */
  note(letters: number, durationMs: number): void {
    const pace = durationMs / letters;
    if (!(pace >= MIN_MS_PER_LETTER && pace <= MAX_MS_PER_LETTER)) return;
    this.#letters = this.#letters * MEMORY + letters;
    this.#durationMs = this.#durationMs * MEMORY + durationMs;
  }
}
