/** What remains of a word to look for: letters and digits. */
const NOT_WORD = /[^\p{L}\p{N}]+/gu;
/** Punctuation that belongs to the word before it. */
const TRAILING = /^[^\s\p{L}\p{N}]+/u;

/**
 * Finds the words that a service says it spoke in the text it was given, so that what is remembered is that text and not
 * the service's spelling of it: "twenty" for "20", no punctuation, or each mark as a word. The parts it gives, with the
 * rest, are the text as it was.
 */
export class WordAligner {
  readonly #text: string;
  #at = 0;
  /** Words not found: as many words of the text may be passed over to find the next one. */
  #missed = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The part of the text up to the end of this word; empty when the word is not there, or is there already. */
  next(word: string): string {
    const rest = this.#text.slice(this.#at);
    const end = this.#endOf(word, rest);
    if (end === undefined) return "";
    const trailing = TRAILING.exec(rest.slice(end))?.[0].length ?? 0;
    this.#at += end + trailing;
    this.#missed = 0;
    return rest.slice(0, end + trailing);
  }

  /** What no word has covered. */
  rest(): string {
    const rest = this.#text.slice(this.#at);
    this.#at = this.#text.length;
    return rest;
  }

  #endOf(word: string, rest: string): number | undefined {
    const plain = word.trim();
    if (plain === "" || plain.replaceAll(NOT_WORD, "") === "") {
      // A mark by itself counts only right here: the next one like it may be sentences away.
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
