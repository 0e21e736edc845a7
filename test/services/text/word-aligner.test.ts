import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { WordAligner } from "../../../src/services/text/word-aligner.ts";

/** Returns the part for every word, and the rest. */
function align(text: string, words: readonly string[]): string[] {
  const aligner = new WordAligner(text);
  return [...words.map((word) => aligner.next(word)), aligner.rest()];
}

describe("WordAligner", () => {
  it.each([
    ["verbatim words", "Hello, big world!", ["Hello,", "big", "world!"], ["Hello,", " big", " world!", ""]],
    ["words without their punctuation", "Hello, world!", ["hello", "world"], ["Hello,", " world!", ""]],
    ["marks as words", "Hi, you, too.", ["Hi", ",", "you", ",", "too", "."], ["Hi,", "", " you,", "", " too.", "", ""]],
    ["a mark by itself", "so - yes", ["so", "-", "yes"], ["so", " -", " yes", ""]],
    ["words beyond the end of the text", "One.", ["One", "two", "three"], ["One.", "", "", ""]],
    ["words that are missing at the end", "One two three.", ["One"], ["One", " two three."]],
    [
      "words spelled out",
      "It is 20 km away",
      ["It", "is", "twenty", "kilometres", "away"],
      ["It", " is", "", "", " 20 km away", ""],
    ],
    ["a repeated word", "no no yes", ["no", "no", "yes"], ["no", " no", " yes", ""]],
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

  it("returns parts that join to the text, for any words", () => {
    const word = fc.constantFrom("one", "two", "Three", ",", "four.", "x", "");
    fc.assert(
      fc.property(fc.array(word), fc.array(word), (text, words) => {
        expect(align(text.join(" "), words).join("")).toBe(text.join(" "));
      }),
    );
  });
});
