import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { WordAligner } from "../../../src/services/text/word-aligner.ts";

/** The part for every word, and the rest. */
function align(text: string, words: readonly string[]): string[] {
  const aligner = new WordAligner(text);
  return [...words.map((word) => aligner.next(word)), aligner.rest()];
}

describe("words in the text they were spoken from", () => {
  it.each([
    ["[87] verbatim words", "Hello, big world!", ["Hello,", "big", "world!"], ["Hello,", " big", " world!", ""]],
    ["[87] words without their punctuation", "Hello, world!", ["hello", "world"], ["Hello,", " world!", ""]],
    [
      "[87] marks as words",
      "Hi, you, too.",
      ["Hi", ",", "you", ",", "too", "."],
      ["Hi,", "", " you,", "", " too.", "", ""],
    ],
    ["[87] a mark that stands alone", "so - yes", ["so", "-", "yes"], ["so", " -", " yes", ""]],
    ["[87] words beyond the end of the text", "One.", ["One", "two", "three"], ["One.", "", "", ""]],
    ["[87] words that are missing at the end", "One two three.", ["One"], ["One", " two three."]],
    [
      "[87] words spelled out",
      "It is 20 km away",
      ["It", "is", "twenty", "kilometres", "away"],
      ["It", " is", "", "", " 20 km away", ""],
    ],
    ["a word that comes again", "no no yes", ["no", "no", "yes"], ["no", " no", " yes", ""]],
    [
      "a word that is far off is not leapt to",
      "5 men saw and heard five dogs",
      ["five", "men"],
      ["", "5 men", " saw and heard five dogs"],
    ],
    ["Chinese without spaces", "你好，世界。", ["你好", "世界"], ["你好，", "世界。", ""]],
    ["blank words", "a b", [" ", "a", "", " b"], ["", "a", "", " b", ""]],
  ])("%s", (_what, text, words, parts) => {
    expect(align(text, words)).toEqual(parts);
  });

  it("[87] whatever the words, the parts are the text", () => {
    const word = fc.constantFrom("one", "two", "Three", ",", "four.", "x", "");
    fc.assert(
      fc.property(fc.array(word), fc.array(word), (text, words) => {
        expect(align(text.join(" "), words).join("")).toBe(text.join(" "));
      }),
    );
  });
});
