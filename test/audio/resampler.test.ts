import { describe, expect, it } from "vitest";

import { createResampler } from "../../src/audio/index.ts";

function sine(rate: number, seconds: number, hz = 1000): Int16Array {
  return Int16Array.from({ length: rate * seconds }, (_, i) =>
    Math.round(16_000 * Math.sin((2 * Math.PI * hz * i) / rate)),
  );
}

function join(parts: readonly Int16Array[]): Int16Array {
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

async function resample(pcm: Int16Array, from: number, to: number, block: number, channels = 1): Promise<Int16Array> {
  const resampler = await createResampler(from, to, channels);
  const parts: Int16Array[] = [];
  for (let at = 0; at < pcm.length; at += block) parts.push(resampler.process(pcm.subarray(at, at + block)));
  parts.push(resampler.flush());
  resampler.close();
  return join(parts);
}

/**
 * Signal-to-noise ratio in dB of what should be the sine, without the ends, where the filter lacks samples on one side.
 */
function snr(actual: Int16Array, expected: Int16Array): number {
  let signal = 0;
  let noise = 0;
  for (let i = 200; i < expected.length - 200; i++) {
    signal += expected[i]! ** 2;
    noise += (actual[i]! - expected[i]!) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

const pairs = [
  [16_000, 24_000],
  [48_000, 16_000],
  [24_000, 48_000],
  [24_000, 16_000],
] as const;

describe.each(pairs)("from %i to %i Hz", (from, to) => {
  it("keeps a sine a sine, in time with the input and without clicks between 20 ms blocks", async () => {
    const out = await resample(sine(from, 1), from, to, from / 50);
    expect(out).toHaveLength(to);
    expect(snr(out, sine(to, 1))).toBeGreaterThan(80);
  });

  it("gives the same output for any block size", async () => {
    const pcm = sine(from, 0.5);
    const whole = await resample(pcm, from, to, pcm.length);
    expect(await resample(pcm, from, to, from / 100)).toEqual(whole);
    expect(await resample(pcm, from, to, 77)).toEqual(whole);
  });
});

it("removes what 16 kHz cannot carry instead of aliasing it", async () => {
  const out = await resample(sine(48_000, 1, 11_000), 48_000, 16_000, 960);
  expect(Math.max(...out.subarray(500, -500).map(Math.abs))).toBeLessThan(16);
});

it("keeps stereo channels separate", async () => {
  const left = sine(24_000, 0.5);
  const pcm = Int16Array.from({ length: left.length * 2 }, (_, i) => (i % 2 === 0 ? left[i / 2]! : 0));
  const out = await resample(pcm, 24_000, 16_000, 960, 2);
  expect(out.filter((_, i) => i % 2 === 1).every((sample) => sample === 0)).toBe(true);
  expect(
    snr(
      out.filter((_, i) => i % 2 === 0),
      sine(16_000, 0.5),
    ),
  ).toBeGreaterThan(80);
});

it("starts over after a flush or a reset: nothing of the old utterance is in the next", async () => {
  const silence = new Int16Array(2400);
  for (const restart of ["flush", "reset"] as const) {
    const resampler = await createResampler(24_000, 16_000);
    resampler.process(sine(24_000, 0.1));
    resampler[restart]();
    expect([...resampler.process(silence), ...resampler.flush()].every((sample) => sample === 0)).toBe(true);
    resampler.close();
  }
});

it("keeps two streams independent", async () => {
  const a = await createResampler(24_000, 16_000);
  const b = await createResampler(24_000, 16_000);
  const silence = new Int16Array(480);
  for (let i = 0; i < 10; i++) {
    a.process(sine(24_000, 0.02));
    expect(b.process(silence).every((sample) => sample === 0)).toBe(true);
  }
  a.close();
  b.close();
});

it("returns the same array for equal rates", async () => {
  const resampler = await createResampler(24_000, 24_000);
  const pcm = sine(24_000, 0.02);
  expect(resampler.process(pcm)).toBe(pcm);
  expect(resampler.flush()).toHaveLength(0);
});

it("returns nothing after close, and can be closed twice", async () => {
  const resampler = await createResampler(24_000, 16_000);
  resampler.close();
  resampler.close();
  expect(resampler.process(sine(24_000, 0.02))).toHaveLength(0);
  expect(resampler.flush()).toHaveLength(0);
});

it.each([
  [0, 16_000, 1, "fromRate"],
  [16_000, 22_050.5, 1, "toRate"],
  [16_000, 24_000, 0, "channels"],
])("rejects %d to %d Hz with %d channels, naming the option", async (from, to, channels, field) => {
  await expect(createResampler(from, to, channels)).rejects.toMatchObject({ code: "invalidOption", field });
});
