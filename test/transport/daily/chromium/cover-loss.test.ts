import { expect, it } from "vitest";

import { coverLoss } from "../../../../src/transport/daily/chromium/cover-loss.ts";

const tone = Int16Array.from({ length: 960 }, (_, i) =>
  Math.round(10_000 * Math.sin((2 * Math.PI * 300 * i) / 48_000)),
);

it("continues lost audio from the last sample, without a step", () => {
  const [first] = coverLoss(tone, 960);
  expect(first).toBe(tone.at(-1));
});

it("fades out, and is silent when there is nothing left to repeat", () => {
  const cover = coverLoss(tone, 2000);
  const peak = (from: number, to: number): number => Math.max(...cover.subarray(from, to).map(Math.abs));
  expect(cover).toHaveLength(2000);
  expect(peak(0, 200)).toBeGreaterThan(4 * peak(800, 960));
  expect(peak(960, 2000)).toBe(0);
});

it("is silence when nothing was heard before", () => {
  expect(coverLoss(new Int16Array(0), 480)).toEqual(new Int16Array(480));
});
