import type { VendorMessage } from "../speech/speech-protocol.ts";
import type { VendorWord } from "../speech/spoken-text.ts";

/** Scripts without spaces: each character counts as a word. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
/** The vendor may leave out some characters, such as emoji: as many are skipped to find the next one. */
const MAX_SKIPPED = 8;

/** Times in whole milliseconds add up to an error of this size. */
const TOLERANCE_MS = 30;

/** A character with its place in the audio of one message. */
interface AlignedCharacter {
  readonly character: string;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Reads the alignments of a context: makes words of characters, and follows the text to see where its audio ends. Nothing
 * in the protocol marks the end of a text in a context that goes on; the alignment of its last character does (inferred).
 */
export class AlignmentReader {
  /** The characters of the present text without white space, and how many of them were spoken. */
  #expected = "";
  #spoken = 0;
  /** A word that may continue in the next message. */
  #partial: { text: string; startMs: number; endMs: number } | undefined;
  /** Where the alignment so far ends in the context's audio. */
  #endMs = 0;

  /** Begins a text. */
  expect(text: string): void {
    this.#expected = text.replaceAll(/\s+/gu, "");
    this.#spoken = 0;
  }

  /** Whether the last character of the text was spoken, and the context's audio so far reaches its end. */
  isComplete(audioMs: number): boolean {
    const isSpoken = this.#expected !== "" && this.#spoken === this.#expected.length;
    return isSpoken && audioMs >= this.#endMs - TOLERANCE_MS;
  }

  /**
   * Reads an alignment. Its times count from the beginning of its message's audio, at `audioMs` in the context; a message
   * without audio continues where the last alignment ended (`audioMs` undefined). Returns the words that are complete.
   */
  read(alignment: unknown, audioMs: number | undefined): readonly VendorWord[] {
    const baseMs = audioMs ?? this.#endMs;
    const words: VendorWord[] = [];
    for (const { character, startMs, endMs } of readCharacters(alignment)) {
      this.#follow(character);
      this.#endMs = baseMs + endMs;
      if (character.trim() === "") {
        words.push(...this.takePartial());
      } else if (UNSPACED.test(character)) {
        words.push(...this.takePartial(), { text: character, startMs: baseMs + startMs, endMs: baseMs + endMs });
      } else {
        this.#partial ??= { text: "", startMs: baseMs + startMs, endMs: 0 };
        this.#partial.text += character;
        this.#partial.endMs = baseMs + endMs;
      }
    }
    return words;
  }

  /** Returns the word that was waiting to be continued, once nothing will. */
  takePartial(): readonly VendorWord[] {
    const partial = this.#partial;
    this.#partial = undefined;
    return partial ? [partial] : [];
  }

  #follow(character: string): void {
    if (character.trim() === "") return;
    const found = this.#expected.indexOf(character, this.#spoken);
    if (found >= 0 && found - this.#spoken <= MAX_SKIPPED) this.#spoken = found + character.length;
  }
}

function readCharacters(alignment: unknown): readonly AlignedCharacter[] {
  const { chars, charStartTimesMs: starts, ...others } = (alignment ?? {}) as VendorMessage;
  // Both spellings are documented.
  const durations = others.charDurationsMs ?? others.charsDurationsMs;
  if (!Array.isArray(chars) || !Array.isArray(starts)) return [];
  return chars.flatMap((character: unknown, i) => {
    const startMs: unknown = starts[i];
    const durationMs: unknown = Array.isArray(durations) ? durations[i] : 0;
    if (typeof character !== "string" || typeof startMs !== "number") return [];
    return [{ character, startMs, endMs: startMs + (typeof durationMs === "number" ? durationMs : 0) }];
  });
}
