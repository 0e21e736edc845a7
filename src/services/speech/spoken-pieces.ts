/** A word of a text, and how long it takes to say. */
export interface SpokenPiece {
  /** The word with the white space before it and the punctuation around it. The pieces, joined, are the text. */
  readonly text: string;
  /** Its length in letters, more than 0: digits and ideographs count as the letters of their sound, pauses as well. */
  readonly letters: number;
}

/** Scripts without spaces between words. */
const SPACELESS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** Marks of a pause in mid-sentence, if the word ends with them. */
const SHORT_PAUSE = /[,;:、，；：–—]["'”’»)\]」』）]*$/u;
/** Marks of the end of a sentence, if the word ends with them. */
const LONG_PAUSE = /[.!?…。！？।؟]["'”’»)\]」』）]*$/u;

const SHORT_PAUSE_LETTERS = 4;
const LONG_PAUSE_LETTERS = 8;
/** The pause at the end of the text is mostly not in its audio. */
const END_LETTERS = 1;

/** What a character counts that is not a letter of an alphabet. */
const SOUNDS: readonly (readonly [RegExp, number])[] = [
  [/\p{N}/u, 4],
  [/[\p{Script=Han}\p{Script=Hangul}]/u, 3],
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/u, 2],
  [/\p{L}/u, 1],
  // "%", "$", "+" and such are read as words.
  [/[\p{Sc}\p{Sm}%&@]/u, 5],
];

let segmenter: Intl.Segmenter | undefined;

/** Splits a text into its words, also where its script has no spaces. */
export function splitSpokenPieces(text: string): SpokenPiece[] {
  const tokens = text.match(/\s*\S+(?:\s+$)?/gu) ?? [];
  const words = tokens.flatMap((token) => (SPACELESS.test(token) ? splitSpaceless(token) : [token]));
  return words.map((word, index) => {
    const isLast = index === words.length - 1;
    return { text: word, letters: countLetters(word) + (isLast ? END_LETTERS : countPause(word)) };
  });
}

/** Splits at the words of a dictionary. Marks belong to the word before them, at the beginning to the one after. */
function splitSpaceless(token: string): readonly string[] {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "word" });
  const words: string[] = [];
  let hasWord = false;
  for (const { segment, isWordLike = false } of segmenter.segment(token)) {
    if (words.length === 0 || (isWordLike && hasWord)) words.push(segment);
    else words.push(`${words.pop() ?? ""}${segment}`);
    hasWord ||= isWordLike;
  }
  return words;
}

function countLetters(word: string): number {
  let letters = 0;
  for (const character of word) letters += SOUNDS.find(([kind]) => kind.test(character))?.[1] ?? 0;
  return letters;
}

/** The pause after a word; between words without any mark it is as short as a letter. */
function countPause(word: string): number {
  if (LONG_PAUSE.test(word)) return LONG_PAUSE_LETTERS;
  return SHORT_PAUSE.test(word) ? SHORT_PAUSE_LETTERS : 1;
}
