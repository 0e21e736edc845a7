import fc from "fast-check";
import { describe, it } from "vitest";

import { FUZZ_TARGETS } from "./fuzz/targets.ts";

// The tests use a fixed seed; `npm run fuzz -- --minutes N` runs for N minutes with a new seed each time.
const minutes = Number(process.env.FUZZ_MINUTES ?? 0);
const SEED = 20_261_121;
const timeLimitMs = (minutes * 60_000) / FUZZ_TARGETS.length;

describe("any input from strangers is read, refused or ignored, and breaks nothing", () => {
  it.each(FUZZ_TARGETS)(
    "$name",
    async ({ property, runs }) => {
      const limits =
        minutes > 0
          ? { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: timeLimitMs, markInterruptAsFailure: false }
          : { numRuns: runs, seed: SEED };
      await fc.assert(property as fc.IAsyncProperty<unknown[]>, limits);
    },
    timeLimitMs + 60_000,
  );
});
