import { expect, it } from "vitest";

import { computeLogMel, FEATURE_FRAMES, FEATURE_SAMPLES, MEL_BANDS } from "../../../src/services/smart-turn/log-mel.ts";
// Made with Hugging Face transformers 5: WhisperFeatureExtractor(chunk_length=8), do_normalize=True, of `synthesize`'s
// samples / 32768, the last 128000 of them, zeros before. `bandMeans` are over all windows; `frames` are some of them.
import reference from "./log-mel.json" with { type: "json" };

/** Ours and the reference differ by less than 0.00002, since the reference computes in single precision in places. */
const TOLERANCE = 0.0001;

/** Sawtooth syllables and noise, in integers only, so that every language makes the same samples. */
function synthesize(samples: number): Int16Array {
  let seed = 1;
  return Int16Array.from({ length: samples }, (_, i) => {
    seed = Number((BigInt(seed) * 1_103_515_245n + 12_345n) % 2_147_483_648n);
    const noise = ((seed >> 16) % 401) - 200;
    const period = 80 + (Math.floor(i / 4000) % 7) * 12;
    const saw = (i % period) * 2 - period;
    const envelope = Math.min(i % 8000, 8000 - (i % 8000));
    return Math.floor((saw * envelope) / 64) + noise;
  });
}

/** The largest difference between two lists of numbers. */
function differ(got: readonly number[], wanted: readonly number[]): number {
  return Math.max(...wanted.map((value, i) => Math.abs(value - (got[i] ?? Infinity))));
}

it.each(["short", "long"] as const)("computes the features of Whisper's extractor for a %s turn", (name) => {
  const { samples, bandMeans, frames } = reference[name];
  const features = computeLogMel(synthesize(samples));
  expect(features).toHaveLength(MEL_BANDS * FEATURE_FRAMES);
  const bands = Array.from({ length: MEL_BANDS }, (_, band) => [
    ...features.subarray(band * FEATURE_FRAMES, (band + 1) * FEATURE_FRAMES),
  ]);
  const means = bands.map((levels) => levels.reduce((sum, level) => sum + level) / FEATURE_FRAMES);
  expect(differ(means, bandMeans)).toBeLessThan(TOLERANCE);
  for (const [frame, wanted] of Object.entries(frames)) {
    const got = bands.map((levels) => levels[Number(frame)] ?? Infinity);
    expect(differ(got, wanted), `window ${frame}`).toBeLessThan(TOLERANCE);
  }
});

it("describes the last 8 s only, and silence without dividing by zero", () => {
  const long = synthesize(FEATURE_SAMPLES + 16_000);
  expect(computeLogMel(long)).toEqual(computeLogMel(long.subarray(16_000)));
  expect(computeLogMel(new Int16Array(0)).every(Number.isFinite)).toBe(true);
});
