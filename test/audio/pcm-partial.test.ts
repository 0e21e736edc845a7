import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { PcmPartial } from "../../src/audio/pcm-partial.ts";

describe("PcmPartial", () => {
  it("splits any stream into whole chunks, in order, and pads the rest", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 17 }),
        (blocks, size) => {
          const partial = new PcmPartial(size);
          const chunks: Int16Array[] = [];
          let next = 1;
          for (const length of blocks) {
            partial.add(
              Int16Array.from({ length }, () => next++),
              (chunk) => chunks.push(chunk),
            );
          }
          const rest = partial.takePadded();
          if (rest) chunks.push(rest);
          expect(chunks.every(({ length }) => length === size)).toBe(true);
          const joined = chunks.flatMap((chunk) => [...chunk]);
          const total = blocks.reduce((sum, length) => sum + length, 0);
          expect(joined.slice(0, total)).toEqual(Array.from({ length: total }, (_, index) => index + 1));
          expect(joined.slice(total).every((sample) => sample === 0)).toBe(true);
        },
      ),
    );
  });
});
