/** Characters that are ignored when searching for a word: all but letters and digits. */
const NOT_WORD = /[^\p{L}\p{N}]+/gu;
/** Punctuation that belongs to the preceding word. */
const TRAILING = /^[^\s\p{L}\p{N}]+/u;

/**
 * Finds the words that a service reports as spoken in the text it was given, so that the context keeps that text
 * instead of the service's spelling: "twenty" for "20", no punctuation, or each mark as a word. The parts it returns,
 * with the rest, are the original text.
 */
export class WordAligner {
  readonly #text: string;
  #at = 0;
  /** Number of words not found: as many words of the text may be skipped to find the next one. */
  #missed = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Returns the part of the text up to the end of this word. Empty if the word is not found or was found already. */
  next(word: string): string {
    const rest = this.#text.slice(this.#at);
    const end = this.#findEnd(word, rest);
    if (end === undefined) return "";
    const trailing = TRAILING.exec(rest.slice(end))?.[0].length ?? 0;
    this.#at += end + trailing;
    this.#missed = 0;
    return rest.slice(0, end + trailing);
  }

  /** Passes over text that is exactly the next part. */
  skip(text: string): void {
    this.#at += text.length;
  }

  /** Whether words have covered the whole text. */
  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Returns the text that no word has covered. */
  rest(): string {
    const rest = this.#text.slice(this.#at);
    this.#at = this.#text.length;
    return rest;
  }

  #findEnd(word: string, rest: string): number | undefined {
    const plain = word.trim();
    if (plain === "" || plain.replaceAll(NOT_WORD, "") === "") {
      // A mark by itself counts only at this position: the next such mark may be sentences away.
      const skipped = rest.length - rest.trimStart().length;
      return plain !== "" && rest.startsWith(plain, skipped) ? skipped + plain.length : undefined;
    }
    const found =
      this.#find(plain, rest) ?? this.#find(plain.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ""), rest);
    if (found === undefined) this.#missed++;
    return found;
  }

  #find(word: string, rest: string): number | undefined {
    const index = rest.toLowerCase().indexOf(word.toLowerCase());
    if (index < 0) return undefined;
    const passedOver = rest
      .slice(0, index)
      .split(/\s+/u)
      .filter((part) => part.replaceAll(NOT_WORD, "") !== "").length;
    return passedOver <= this.#missed + 1 ? index + word.length : undefined;
  }
}
