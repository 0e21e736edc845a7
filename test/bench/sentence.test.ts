import { describe, expect, it } from "vitest";

import { type HeardWord, judgeSentence, SentenceListener, sentenceWord } from "../../bench/lib/sentence.ts";

const RATE = 24_000;
const WORDS = 6;

/** The sound of these words, in order; a number with a fraction is a word that is cut there. */
function sound(words: readonly number[]): Int16Array {
  const parts = words.map((word) => {
    const pcm = sentenceWord(Math.floor(word), RATE);
    return word % 1 === 0 ? pcm : pcm.slice(0, Math.round((word % 1) * 0.24 * RATE));
  });
  const all = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** What a listener hears of a voice from `fromMs` on, in blocks of 20 ms. */
function hear(by: string, words: readonly number[], fromMs: number): HeardWord[] {
  const listener = new SentenceListener(by);
  const pcm = sound(words);
  const block = RATE / 50;
  for (let at = 0; at < pcm.length; at += block)
    listener.hear(pcm.subarray(at, at + block), RATE, fromMs + ((at + block) / RATE) * 1000);
  return listener.heard;
}

function judge(fromPal: readonly number[], fromBot: readonly number[], botFromMs = 5000) {
  return judgeSentence(WORDS, [...hear("pal", fromPal, 0), ...hear("bot", fromBot, botFromMs)]);
}

const GOOD = { lost: [], doubled: [], cut: [], inOrder: true, overlapMs: 0 };

describe("a sentence of tones", () => {
  it("is recognised word by word, with all that are distinguishable", () => {
    const all = Array.from({ length: 30 }, (_, word) => word);
    const heard = hear("pal", all, 0);
    expect(heard.map(({ word }) => word)).toEqual(all);
    expect(heard.every(({ heardMs }) => heardMs === 240)).toBe(true);
    expect(() => sentenceWord(30, RATE)).toThrow("at most 30");
  });

  it("is good when each word was heard once, whoever said it", () => {
    expect(judge([0, 1, 2, 3, 4, 5], [])).toEqual(GOOD);
    expect(judge([0, 1, 2], [3, 4, 5])).toEqual(GOOD);
    expect(judge([], [0, 1, 2, 3, 4, 5])).toEqual(GOOD);
  });

  it("may have a word that was cut, and then said again whole", () => {
    expect(judge([0, 1, 2.5], [2, 3, 4, 5])).toEqual({ ...GOOD, cut: [2] });
  });

  it.each([
    ["a word lost", [0, 1], [3, 4, 5], { lost: [2] }],
    ["a word of which less than half was heard", [0, 1, 2.4], [3, 4, 5], { lost: [2] }],
    ["a word said twice", [0, 1, 2], [2, 3, 4, 5], { doubled: [2] }],
    ["another order", [0, 2, 1], [3, 4, 5], { inOrder: false }],
  ] as const)("is not good with %s", (_, fromPal, fromBot, problem) => {
    expect(judge(fromPal, fromBot)).toEqual({ ...GOOD, ...problem });
  });

  it("is not good when two voices speak at once", () => {
    expect(judge([0, 1, 2], [3, 4, 5], 800).overlapMs).toBe(40);
  });
});
