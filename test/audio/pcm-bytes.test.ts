import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { PcmBytes } from "../../src/audio/index.ts";

/** The bytes of the samples as a vendor sends them. */
function bytesOf(samples: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(samples.length * 2));
  samples.forEach((sample, at) => view.setInt16(at * 2, sample, true));
  return new Uint8Array(view.buffer);
}

describe("PcmBytes", () => {
  it("returns the same samples wherever chunks are split and however they are aligned in memory", () => {
    const samples = fc.array(fc.integer({ min: -32_768, max: 32_767 }), { maxLength: 60 });
    const cuts = fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(samples, cuts, fc.integer({ min: 0, max: 3 }), (spoken, lengths, offset) => {
        const padded = new Uint8Array(offset + spoken.length * 2);
        padded.set(bytesOf(spoken), offset);
        const reader = new PcmBytes();
        const read: number[] = [];
        let at = offset;
        for (const length of lengths) {
          read.push(...reader.read(padded.subarray(at, at + length)));
          at = Math.min(padded.length, at + length);
        }
        read.push(...reader.read(padded.subarray(at)));
        expect(read).toEqual(spoken);
      }),
    );
  });

  it("keeps half a sample until its second byte, even over empty chunks", () => {
    const reader = new PcmBytes();
    expect([...reader.read(Uint8Array.of(0x34))]).toEqual([]);
    expect([...reader.read(new Uint8Array(0))]).toEqual([]);
    expect([...reader.read(Uint8Array.of(0x12, 0xff))]).toEqual([0x1234]);
    expect([...reader.read(Uint8Array.of(0xff).buffer)]).toEqual([-1]);
  });

  it("returns samples that do not change when the vendor's client reuses its buffer", () => {
    const buffer = bytesOf([1, 2]);
    const samples = new PcmBytes().read(buffer);
    buffer.fill(255);
    expect([...samples]).toEqual([1, 2]);
  });

  it("does not mix half a sample of the last stream into the next", () => {
    const reader = new PcmBytes();
    reader.read(Uint8Array.of(7));
    reader.reset();
    expect([...reader.read(bytesOf([5]))]).toEqual([5]);
  });
});
