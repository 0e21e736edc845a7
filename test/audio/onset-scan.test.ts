import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { OnsetScan } from "../../src/audio/onset-scan.ts";

const RATE = 16_000;
const silence = (ms: number): Int16Array => new Int16Array((ms * RATE) / 1000);
/** 328 is -40 dB below full scale. */
const tone = (ms: number, amplitude = 8000): Int16Array => new Int16Array((ms * RATE) / 1000).fill(amplitude);

function onsetMs(pieces: readonly Int16Array[], scan = new OnsetScan(RATE)): number | undefined {
  for (const piece of pieces) {
    const found = scan.add(piece);
    if (found !== undefined) return found;
  }
  return undefined;
}

describe("OnsetScan", () => {
  it("returns the duration of the silence before the sound", () => {
    expect(onsetMs([tone(100)])).toBe(0);
    expect(onsetMs([silence(240), tone(100)])).toBe(240);
  });

  it("treats 50 ms of sound as an onset, less as a click", () => {
    expect(onsetMs([silence(100), tone(40), silence(100)])).toBeUndefined();
    expect(onsetMs([silence(100), tone(40), silence(20), tone(50)])).toBe(160);
  });

  it("detects sound louder than -40 dB", () => {
    expect(onsetMs([tone(100, 320)])).toBeUndefined();
    expect(onsetMs([tone(100, 335)])).toBe(0);
  });

  it("gives up after 3 s", () => {
    const scan = new OnsetScan(RATE);
    expect(onsetMs([silence(2940), tone(50)])).toBe(2940);
    expect(onsetMs([silence(2990)], scan)).toBeUndefined();
    expect(onsetMs([tone(1000)], scan)).toBeUndefined();
  });

  it("finds the same onset wherever the stream is split, over all channels together", () => {
    const stream = new Int16Array([...silence(130), ...tone(90)]);
    const stereo = Int16Array.from({ length: stream.length * 2 }, (_, i) => stream[i >> 1] ?? 0);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1 }), fc.boolean(), (cuts, isStereo) => {
        const whole = isStereo ? stereo : stream;
        const pieces: Int16Array[] = [];
        let at = 0;
        for (let i = 0; at < whole.length; i++) {
          const end = at + (cuts[i % cuts.length] ?? 1);
          pieces.push(whole.subarray(at, end));
          at = end;
        }
        expect(onsetMs(pieces, new OnsetScan(RATE, isStereo ? 2 : 1))).toBe(130);
      }),
    );
  });
});
