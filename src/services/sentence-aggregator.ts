import type { TextAggregator } from "./text-aggregator.ts";

/** Marks that end a sentence where white space follows them. */
const SPACED_END = ".!?…؟।۔";
/** Marks of scripts that put no space between sentences. */
const UNSPACED_END = "。！？｡；";
/** End marks, and the quotes and brackets that close after them. */
const SENTENCE_END = new RegExp(`[${SPACED_END}${UNSPACED_END}]+["'”’»)\\]」』）]*`, "gu");
const STARTS_SMALL = /^\p{Ll}/u;
/** A full stop after these does not end a sentence; being wrong here costs a pause less, splitting is heard. */
const ABBREVIATIONS = new Set(
  (
    "mr mrs ms mx dr prof sr jr st rev hon gen col capt lt sgt gov sen rep pres vs etc eg ie e.g i.e cf al inc ltd co corp " +
    "dept est approx appt apt ave blvd rd no nos vol fig ed eds pp a.m p.m ph.d u.s u.k jan feb mar apr jun jul aug sep " +
    "sept oct nov dec bzw usw z.b d.h ca"
  ).split(" "),
);
/** Text without any end: spoken in parts from here on, so that nothing waits without bound. */
const MAX_LENGTH = 500;

/**
 * Makes sentences. The end of one counts when the next has begun, so that "3.14", "Mr. Smith", "1. First" and "Yahoo! is"
 * stay whole; a line break ends a sentence, too, and so does the end of the text.
 */
export class SentenceAggregator implements TextAggregator {
  readonly aggregatedBy = "sentence";
  #text = "";

  add(text: string): readonly string[] {
    this.#text += text;
    const sentences: string[] = [];
    for (let end = endOfSentence(this.#text); end !== undefined; end = endOfSentence(this.#text)) {
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

/** Where the first sentence ends that is certainly complete. */
function endOfSentence(text: string): number | undefined {
  const start = text.search(/\S/u);
  if (start < 0) return undefined;
  const line = lineEnd(text, start);
  for (const { 0: marks, index } of text.matchAll(SENTENCE_END)) {
    const end = index + marks.length;
    if (line !== undefined && end > line) break;
    if (endsSentence(text, start, index, end)) return end;
  }
  return line ?? (text.length > MAX_LENGTH ? lastSpace(text) : undefined);
}

/** A line break counts like an end mark: when something follows it. */
function lineEnd(text: string, start: number): number | undefined {
  const line = text.indexOf("\n", start);
  return line >= 0 && /\S/u.test(text.slice(line)) && !isListMark(text.slice(start, line)) ? line : undefined;
}

function endsSentence(text: string, start: number, markAt: number, end: number): boolean {
  const following = text.slice(end);
  const next = following.trimStart();
  if (next === "") return false;
  if (UNSPACED_END.includes(text.charAt(markAt))) return true;
  if (next.length === following.length || STARTS_SMALL.test(next)) return false;
  if (text.charAt(markAt) !== ".") return true;
  const before = text.slice(start, markAt);
  return !isListMark(before) && !isAbbreviation(before);
}

/** A number or a letter by itself, as in "1. First" and "b. Second". */
function isListMark(sentence: string): boolean {
  return /^\(?(?:\d{1,3}|\p{L})[.)]?$/u.test(sentence.trim());
}

function isAbbreviation(before: string): boolean {
  const word = /[\p{L}.]+$/u.exec(before)?.[0].toLowerCase() ?? "";
  // Single letters are initials, "J. Smith"; "I" is a word.
  return ABBREVIATIONS.has(word) || (/(?:^|\.)\p{L}$/u.test(word) && word !== "i");
}

function lastSpace(text: string): number {
  const space = text.lastIndexOf(" ", MAX_LENGTH);
  return space > 0 ? space : MAX_LENGTH;
}
