import fc from "fast-check";
import { expect, it } from "vitest";

import { PcmQueue } from "../../src/audio/pcm-queue.ts";

it("reads back what was pushed, across block borders, then silence", () => {
  const step = fc.oneof(
    fc.int16Array({ maxLength: 20 }).map((block) => ({ block })),
    fc.integer({ min: 0, max: 30 }).map((take) => ({ take })),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const queue = new PcmQueue();
      const model: number[] = [];
      for (const action of steps) {
        if ("block" in action) {
          queue.push(action.block);
          model.push(...action.block);
        } else {
          const target = new Int16Array(action.take).fill(99);
          const expected = model.splice(0, action.take);
          expect(queue.read(target)).toBe(expected.length);
          expect([...target]).toEqual([...expected, ...new Array<number>(action.take - expected.length).fill(0)]);
        }
        expect(queue.length).toBe(model.length);
      }
    }),
  );
});

it("a cleared queue is silent", () => {
  const queue = new PcmQueue();
  queue.push(Int16Array.of(1, 2, 3));
  queue.read(new Int16Array(1));
  queue.clear();
  const target = new Int16Array(2);
  expect(queue.read(target)).toBe(0);
  expect([...target]).toEqual([0, 0]);
});
