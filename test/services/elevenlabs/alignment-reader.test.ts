import { expect, test } from "vitest";

import { AlignmentReader } from "../../../src/services/elevenlabs/alignment-reader.ts";

/** An alignment in which each character takes 10 ms. */
const align = (text: string): object => ({
  chars: Array.from(text),
  charStartTimesMs: Array.from(text, (_, i) => i * 10),
  charDurationsMs: Array.from(text, () => 10),
});

test("makes words at spaces, and continues a word in the next message", () => {
  const reader = new AlignmentReader();
  reader.expect("Hello there.");
  expect(reader.read(align("Hello th"), 0)).toEqual([{ text: "Hello", startMs: 0, endMs: 50 }]);
  expect(reader.isComplete(80)).toBe(false);
  expect(reader.read(align("ere. "), 80)).toEqual([{ text: "there.", startMs: 60, endMs: 120 }]);
  expect(reader.isComplete(130)).toBe(true);
});

test("an alignment without audio continues where the last one ended", () => {
  const reader = new AlignmentReader();
  reader.expect("One two.");
  reader.read(align("One "), undefined);
  expect(reader.read(align("two. "), undefined)).toEqual([{ text: "two.", startMs: 40, endMs: 80 }]);
  expect(reader.isComplete(20)).toBe(false);
  expect(reader.isComplete(90)).toBe(true);
});

test("skips characters that the vendor leaves out, but not half a sentence", () => {
  const reader = new AlignmentReader();
  reader.expect("Great 🙂🙂 day.");
  reader.read(align("Great day."), 0);
  expect(reader.isComplete(1000)).toBe(true);
  reader.expect("A long text that ends in z");
  reader.read(align("z"), 0);
  expect(reader.isComplete(1000)).toBe(false);
});

test("each character of a script without spaces is a word", () => {
  const reader = new AlignmentReader();
  reader.expect("元気。");
  expect(reader.read(align("元気。"), 0).map(({ text }) => text)).toEqual(["元", "気"]);
  expect(reader.takePartial()).toMatchObject([{ text: "。" }]);
});

test("ignores what is no alignment", () => {
  const reader = new AlignmentReader();
  for (const odd of [undefined, null, 7, "x", {}, { chars: [1], charStartTimesMs: ["2"] }, { chars: "ab" }])
    expect(reader.read(odd, 0)).toEqual([]);
});
