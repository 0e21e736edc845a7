import { expect, it } from "vitest";

import { SILENCE_DB, isSilent, levelDb, measurePeak, measureRms } from "../../src/audio/index.ts";

it("the peak is the largest distance from zero, in either direction", () => {
  expect(measurePeak(Int16Array.of(3, -32_768, 7))).toBe(32_768);
  expect(measurePeak(new Int16Array(0))).toBe(0);
});

it("the RMS of a square wave is its amplitude, and of an empty block 0", () => {
  expect(measureRms(Int16Array.of(500, -500, 500, -500))).toBe(500);
  expect(measureRms(new Int16Array(0))).toBe(0);
});

it("loudness is in dB relative to full scale, with a floor for digital silence", () => {
  expect(levelDb(Int16Array.of(-32_768, -32_768))).toBe(0);
  expect(levelDb(Int16Array.of(3277, -3277))).toBeCloseTo(-20, 1);
  expect(levelDb(new Int16Array(10))).toBe(SILENCE_DB);
});

it("silence has no sample beyond 20", () => {
  expect(isSilent(Int16Array.of(20, -20))).toBe(true);
  expect(isSilent(Int16Array.of(0, 21))).toBe(false);
  expect(isSilent(Int16Array.of(0, -21))).toBe(false);
});
