import { describe, expect, it } from "vitest";

import { tone } from "../../bench/lib/sound.ts";
import { ToneListener, type ToneVerdict } from "../../bench/lib/tone-listener.ts";

const RATE = 48_000;
const BLOCK = RATE / 100;

/** The verdict on sound in blocks of 10 ms. */
function judge(pcm: Int16Array): ToneVerdict {
  const listener = new ToneListener();
  for (let at = 0; at + BLOCK <= pcm.length; at += BLOCK) listener.hear(pcm.subarray(at, at + BLOCK), RATE);
  return listener.verdict;
}

/** A second of the tone, in which `change` may spoil something. */
function second(change: (pcm: Int16Array) => void = () => undefined): Int16Array {
  const pcm = tone(1000, RATE);
  change(pcm);
  return pcm;
}

const block = (from: number, to = from + 1): [start: number, end: number] => [from * BLOCK, to * BLOCK];

describe("the judge of a tone", () => {
  it("finds nothing in a whole tone", () => {
    expect(judge(second())).toEqual({ blocks: 100, dropouts: 0, longestGapMs: 0, phaseJumps: 0 });
  });

  it("counts silent blocks, and the longest gap by itself", () => {
    const gaps = second((pcm) => pcm.fill(0, ...block(10)).fill(0, ...block(40, 43)));
    expect(judge(gaps)).toMatchObject({ dropouts: 4, longestGapMs: 30 });
  });

  it("hears a tone that fades as a dropout below half of its amplitude", () => {
    const scaled = (factor: number) =>
      second((pcm) => pcm.subarray(...block(5)).forEach((s, i) => (pcm[5 * BLOCK + i] = s * factor)));
    expect(judge(scaled(0.6)).dropouts).toBe(0);
    expect(judge(scaled(0.4)).dropouts).toBe(1);
  });

  it("notices that a piece is missing, although the tone sounds on", () => {
    const whole = second();
    // A quarter of a period: 0.5 ms.
    const cut = Int16Array.from([...whole.subarray(0, 20 * BLOCK), ...whole.subarray(20 * BLOCK + RATE / 2000)]);
    expect(judge(cut)).toMatchObject({ dropouts: 0, phaseJumps: 1 });
  });

  it("hears one channel of two", () => {
    const listener = new ToneListener();
    const mono = tone(10, RATE);
    const stereo = Int16Array.from({ length: mono.length * 2 }, (_, i) => (i % 2 === 0 ? (mono[i / 2] ?? 0) : 0));
    listener.hear(stereo, RATE, 2);
    expect(listener.verdict).toMatchObject({ blocks: 1, dropouts: 0 });
  });
});
