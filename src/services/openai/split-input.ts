/** Ends of sentences, with the quotes and brackets that close after them. */
const SENTENCE_END = /[.!?…。！？]["'”’»)\]」』）]*(?=\s|$)|[。！？]["'”’»)\]」』）]*/gu;

/**
 * Splits a text into parts of at most `maxChars` characters: after a sentence if possible, else between words, else
 * anywhere but within a character. The parts, joined, are the text.
 */
export function splitInput(text: string, maxChars: number): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > maxChars) {
    const end = findEnd(rest.slice(0, maxChars));
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  if (rest !== "" || parts.length === 0) parts.push(rest);
  return parts;
}

function findEnd(head: string): number {
  const sentence = [...head.matchAll(SENTENCE_END)].at(-1);
  if (sentence) return sentence.index + sentence[0].length;
  const space = head.trimEnd().search(/\s\S*$/u);
  if (space > 0) return space;
  // Not between the halves of a surrogate pair.
  return /[\uD800-\uDBFF]$/.test(head) ? head.length - 1 : head.length;
}
