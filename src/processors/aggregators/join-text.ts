/** A part of an utterance. */
export interface TextPart {
  readonly text: string;
  /** It brings its own spaces. */
  readonly verbatim: boolean;
  /** It is said to its end, through interruptions. Default false. */
  readonly toEnd?: boolean;
}

/** Scripts that put no space between words, and the punctuation that goes with them. */
const SPACELESS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u3000-\u303f\uff00-\uffef]/u;

/** One text of its parts: those that bring their own spaces as they are, others with one space between them. */
export function joinText(parts: readonly TextPart[]): string {
  let text = "";
  let verbatim = true;
  for (const part of parts) {
    if (part.text === "") continue;
    text += !(verbatim && part.verbatim) && needsSpace(text, part.text) ? ` ${part.text}` : part.text;
    verbatim = part.verbatim;
  }
  return text.trim();
}

function needsSpace(before: string, after: string): boolean {
  // By code point: a rare ideograph takes two code units.
  const last = Array.from(before.slice(-2)).at(-1);
  const [first] = after;
  if (last === undefined || first === undefined || /\s/u.test(last) || /\s/u.test(first)) return false;
  return !SPACELESS.test(last) && !SPACELESS.test(first);
}
