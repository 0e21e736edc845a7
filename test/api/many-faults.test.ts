import { expect, it } from "vitest";

import { runApiBench } from "../../bench/api/run.ts";

// A short run of `npm run bench -- api`; memory and time are that one's to judge.
it("with a fault in every fifth request every failure is typed, and nothing is left open or set", async () => {
  const { targets, faults, requests } = await runApiBench(600);
  expect(faults / requests).toBeGreaterThan(0.1);
  const judged = targets.filter(({ what }) => !/megabytes|seconds/.test(what));
  expect(judged.length).toBeGreaterThan(3);
  expect(judged.filter(({ ok }) => !ok)).toEqual([]);
}, 30_000);
