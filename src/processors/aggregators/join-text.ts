/** A part of an utterance. */
export interface TextPart {
  readonly text: string;
  /** Whether the text contains its own spaces. */
  readonly verbatim: boolean;
  /** Id of the utterance that the text belongs to, if it is spoken. */
  readonly contextId?: string | undefined;
  /** Whether the text is said to its end through interruptions. Default false. */
  readonly toEnd?: boolean;
  /** Whether the moment at which it was heard is an estimate. Default false. */
  readonly estimated?: boolean;
}

/** Scripts without spaces between words, and their punctuation. */
const SPACELESS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u3000-\u303f\uff00-\uffef]/u;

/**
 * Joins parts into one text. Parts of one utterance that contain their own spaces are joined as they are, others with
 * one space. An utterance may begin without a space, because it cannot know what was heard before it.
 */
export function joinText(parts: readonly TextPart[]): string {
  let text = "";
  let before: TextPart | undefined;
  for (const part of parts) {
    if (part.text === "") continue;
    const asItIs = (before?.verbatim ?? true) && part.verbatim && before?.contextId === part.contextId;
    text += !asItIs && needsSpace(text, part.text) ? ` ${part.text}` : part.text;
    before = part;
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
