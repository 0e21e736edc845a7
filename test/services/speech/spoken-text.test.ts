import { expect, test } from "vitest";

import { SpokenText, type VendorWord } from "../../../src/services/speech/spoken-text.ts";

/** Words of 100 ms each, one after the other. */
const words = (...texts: string[]): VendorWord[] =>
  texts.map((text, i) => ({ text, startMs: i * 100, endMs: (i + 1) * 100 }));

const textsOf = (spoken: readonly { readonly text: string }[]): string[] => spoken.map(({ text }) => text);

test("passes words on with their audio, not ahead of it", () => {
  const spoken = new SpokenText("One two three.");
  expect(spoken.addWords(words("One", "two", "three."))).toEqual([]);
  expect(textsOf(spoken.addAudio(150))).toEqual(["One", "two"]);
  expect(textsOf(spoken.finish())).toEqual(["three."]);
});

test("speaks a word again that was cut, and passes it on once, at its first place", () => {
  const spoken = new SpokenText("The cat and the dog.");
  spoken.addWords(words("The", "cat", "and", "the", "dog."));
  expect(textsOf(spoken.addAudio(250))).toEqual(["The", "cat", "and"]);
  expect(spoken.resume()).toBe(true);
  expect(spoken.rest).toBe("and the dog.");
  spoken.addWords(words("and", "the", "dog."));
  expect(spoken.addAudio(300)).toEqual([
    { text: "the", offsetMs: 350 },
    { text: "dog.", offsetMs: 450 },
  ]);
});

test("begins again when nothing was heard, or too little to tell words", () => {
  const unheard = new SpokenText("One two.");
  expect([unheard.resume(), unheard.rest]).toEqual([true, "One two."]);
  const begun = new SpokenText("One two.");
  begun.addAudio(300);
  expect([begun.resume(), begun.rest]).toEqual([true, "One two."]);
});

test("does not guess which words were spoken", () => {
  const spoken = new SpokenText("One two.");
  spoken.addAudio(2000);
  expect(spoken.resume()).toBe(false);
});

test("has no rest when every word was spoken", () => {
  const spoken = new SpokenText("One two.");
  spoken.addWords(words("One", "two."));
  spoken.addAudio(200);
  expect([spoken.resume(), spoken.rest]).toEqual([true, ""]);
});
