import { expect, it } from "vitest";

import { runApiBench } from "../../bench/api/run.ts";

// A short run of `npm run bench -- api`, which also checks memory and time.
it("throws only typed errors and leaves nothing open when every fifth request has a fault", async () => {
  const { targets, faults, requests } = await runApiBench(600);
  expect(faults / requests).toBeGreaterThan(0.1);
  const judged = targets.filter(({ what }) => !/megabytes|seconds/.test(what));
  expect(judged.length).toBeGreaterThan(3);
  expect(judged.filter(({ ok }) => !ok)).toEqual([]);
}, 30_000);
