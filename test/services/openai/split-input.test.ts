import fc from "fast-check";
import { expect, it } from "vitest";

import { splitInput } from "../../../src/services/openai/split-input.ts";

it.each([
  ["a short text is whole", "One. Two.", 20, ["One. Two."]],
  ["after a sentence", "One two. Three four five", 16, ["One two.", " Three four five"]],
  ["after quotes that close", 'He said "No." Then more', 20, ['He said "No."', " Then more"]],
  ["between words", "one two three four", 10, ["one two", " three", " four"]],
  ["Chinese after its full stop", "你好。世界很大很大", 6, ["你好。", "世界很大很大"]],
  ["anywhere if there is no other place", "abcdefgh", 3, ["abc", "def", "gh"]],
])("%s", (_what, text, max, parts) => {
  expect(splitInput(text, max)).toEqual(parts);
});

it("for any text, the parts join to it, are not too long, and cut no character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 2, max: 12 }), (text, max) => {
      const parts = splitInput(text, max);
      expect(parts.join("")).toBe(text);
      for (const part of parts) {
        expect(part.length).toBeLessThanOrEqual(max);
        expect(part.isWellFormed()).toBe(true);
      }
    }),
  );
});
