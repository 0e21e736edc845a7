import { type FullStop, judgeFullStop } from "./abbreviations.ts";
import type { TextAggregator } from "./text-aggregator.ts";

/** Marks that end a sentence if white space follows. */
const SPACED_END = ".!?…؟।॥۔؏։፧።";
/** Marks of scripts without spaces between sentences. */
const UNSPACED_END = "。！？｡．；။។៕";
/** End marks, and the quotes and brackets that close after them. */
const SENTENCE_END = new RegExp(`[${SPACED_END}${UNSPACED_END}]+["'”’»)\\]」』）]*`, "gu");
const STARTS_SMALL = /^\p{Ll}/u;
/** Longer text without an end is split, so that nothing waits without bound. */
const MAX_LENGTH = 500;

/**
 * Collects text into sentences. The end of a sentence counts when the next one has begun, so that "3.14", "Mr. Smith",
 * "1. First" and "Yahoo! is" stay whole. After an abbreviation or an initial the next word decides ("at 5 p.m. Then",
 * "J. F. Kennedy"). A line break and the end of the text end a sentence too.
 */
export class SentenceAggregator implements TextAggregator {
  readonly aggregatedBy = "sentence";
  #text = "";

  add(text: string): readonly string[] {
    this.#text += text;
    const sentences: string[] = [];
    for (let end = findSentenceEnd(this.#text); end !== undefined; end = findSentenceEnd(this.#text)) {
      sentences.push(this.#text.slice(0, end));
      this.#text = this.#text.slice(end);
    }
    return sentences;
  }

  flush(): string | undefined {
    const rest = this.#text;
    this.#text = "";
    return rest === "" ? undefined : rest;
  }

  reset(): void {
    this.#text = "";
  }
}

/** Returns the end of the first sentence, if it is certainly complete. */
function findSentenceEnd(text: string): number | undefined {
  const start = text.search(/\S/u);
  if (start < 0) return undefined;
  const line = findLineEnd(text, start);
  for (const { 0: marks, index } of text.matchAll(SENTENCE_END)) {
    const end = index + marks.length;
    if (line !== undefined && end > line) break;
    const verdict = judge(text, start, index, end);
    if (verdict === "ends") return end;
    if (verdict === "wait") break;
  }
  return line ?? (text.length > MAX_LENGTH ? findLastSpace(text) : undefined);
}

/** Returns the end of the first line. A line break counts like an end mark: when something follows it. */
function findLineEnd(text: string, start: number): number | undefined {
  const line = text.indexOf("\n", start);
  return line >= 0 && /\S/u.test(text.slice(line)) && !isListMark(text.slice(start, line)) ? line : undefined;
}

function judge(text: string, start: number, markAt: number, end: number): FullStop {
  const following = text.slice(end);
  const next = following.trimStart();
  if (next === "") return "wait";
  if (UNSPACED_END.includes(text.charAt(markAt))) return "ends";
  if (next.length === following.length) return "continues";
  const before = text.slice(start, markAt);
  // In all-lowercase text, sentences begin in lowercase too; after "..." and in 'Stop!" he said' none begins.
  if (STARTS_SMALL.test(next) && !(STARTS_SMALL.test(before) && end === markAt + 1)) return "continues";
  if (text.charAt(markAt) !== ".") return "ends";
  return isListMark(before) ? "continues" : judgeFullStop(before, next);
}

/** Whether this is a list mark: a number or a letter by itself, as in "1. First" and "b. Second". */
function isListMark(sentence: string): boolean {
  return /^\(?(?:\d{1,3}|\p{L})[.)]?$/u.test(sentence.trim());
}

function findLastSpace(text: string): number {
  const space = text.lastIndexOf(" ", MAX_LENGTH);
  return space > 0 ? space : MAX_LENGTH;
}
