import fc from "fast-check";
import { expect, it } from "vitest";

import { PendingSpeeches } from "../../../src/services/openai/pending-speech.ts";

it("settled speech is released in the order in which it was said, whatever the order of the vendor", () => {
  const order = fc
    .integer({ min: 1, max: 8 })
    .chain((count) => fc.shuffledSubarray([...Array(count).keys()], { minLength: count }));
  fc.assert(
    fc.property(order, (completions) => {
      const pending = new PendingSpeeches(1000);
      const released: number[] = [];
      const speeches = completions.map((_each, index) => {
        const speech = pending.begin(String(index));
        speech.ended = true;
        pending.confirm(`item${index}`);
        return speech;
      });
      for (const index of completions) {
        expect(pending.ofItem(`item${index}`)).toBe(speeches[index]);
        for (const speech of pending.settle(speeches[index]!, { type: "dropped" }))
          released.push(Number(speech.userId));
      }
      expect(released).toEqual([...completions].sort((a, b) => a - b));
      expect(pending.all).toEqual([]);
    }),
  );
});

it("an item that is new belongs to the speech that goes on, until a commit says otherwise", () => {
  const pending = new PendingSpeeches(1000);
  const speech = pending.begin("grace");
  expect(pending.ofItem("live")).toBe(speech);
  speech.text = "wrong";
  speech.ended = true;
  pending.confirm("right");
  expect(speech).toMatchObject({ itemId: "right", text: "" });
});

it("what arrives for an item that is over belongs to no other speech", () => {
  const pending = new PendingSpeeches(1000);
  const first = pending.begin("grace");
  pending.ofItem("one");
  first.ended = true;
  pending.settle(first, { type: "dropped" });
  const second = pending.begin("grace");
  expect(pending.ofItem("one")).toBeUndefined();
  expect(second.itemId).toBeUndefined();
});

it("of long speech the end is kept", () => {
  const pending = new PendingSpeeches(10);
  const speech = pending.begin("grace");
  for (let value = 1; value <= 5; value++) pending.add(speech, new Int16Array(4).fill(value));
  expect(speech.audio.map(([sample]) => sample)).toEqual([4, 5]);
});
