import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  countMatching,
  matchesAll,
  parseSpeechPattern,
  type SpeechPattern,
} from "../../../src/testing/chat/speech-pattern.ts";

function pattern(text: string): SpeechPattern {
  const parsed = parseSpeechPattern(text);
  if (typeof parsed === "string") throw new Error(parsed);
  return parsed;
}

const says = (heard: string, ...texts: readonly string[]): boolean => matchesAll(texts.map(pattern), heard);

describe("the pattern of a bot's line", () => {
  it.each([
    ["Hello there.", true],
    ["Hello  there. ", true],
    ["Hello there", false],
    ["hello there.", false],
    ["Hello there. And?", false],
    ["… there.", true],
    ["Hello …", true],
    ["Hello...", true],
    ["Hello … there.", true],
    ["… you …", false],
    ["…", true],
    ["/there/", true],
    ["/THERE/i", true],
    ["/^there/", false],
    ["/^Hello.+\\.$/", true],
  ])('"Hello there." is said by %j: %s', (text, expected) => {
    expect(says("Hello there.", text)).toBe(expected);
  });

  it("may be several lines, one after the other", () => {
    expect(says("One moment. That is 3.", "One moment.", "That is 3.")).toBe(true);
    expect(says("One moment. That is 3.", "One moment.", "/\\d/")).toBe(true);
    expect(says("One moment. That is 3.", "That is 3.", "One moment.")).toBe(false);
    expect(says("One moment.", "One moment.", "…")).toBe(false);
  });

  it("says with … that something is said", () => {
    expect([says("", "…"), says(" ", "..."), says("Oh.", "… …")]).toEqual([false, false, true]);
  });

  it("counts the lines that fit, up to the one that differs", () => {
    const lines = ["One moment.", "That is 3.", "Bye."].map(pattern);
    expect(countMatching(lines, "One moment. That is 4. Bye.")).toBe(1);
    expect(countMatching(lines, "One moment. That is 3. Bye. Bye.")).toBe(3);
    expect(countMatching(lines, "")).toBe(0);
  });

  it("takes text as it is, whatever characters it has", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const isPlain = text.trim() !== "" && !/…|\.{3}|^\s*\/.*\/[a-z]*\s*$/su.test(text);
        fc.pre(isPlain);
        expect(says(text, text)).toBe(true);
        expect(says(`${text} x`, text)).toBe(false);
      }),
    );
  });
});
