import { describe, expect, it } from "vitest";

import { TTSStartedFrame, TTSStoppedFrame, TTSTextFrame } from "../../../src/frames/index.ts";
import { speech } from "../frames.ts";
import { OutputHarness } from "./output-harness.ts";

const RATE = 24_000;

function word(text: string, audioOffsetMs: number | undefined): TTSTextFrame {
  const frame = new TTSTextFrame(text, { aggregatedBy: "word" });
  frame.ptsMs = 0;
  frame.audioOffsetMs = audioOffsetMs;
  return frame;
}

function toMs(positions: readonly number[]): number[] {
  return positions.map((position) => (position * 1000) / RATE);
}

describe("the starts of words, for a sink that has to say something again", () => {
  it("are marked when the words arrive before, with and after their audio, each once", async () => {
    const harness = await new OutputHarness().start();
    await harness.send(new TTSStartedFrame(), word("one", 5), word("four", 300), speech(200), word("two", 100));
    await harness.send(word("three", 195.5), speech(300));
    await harness.clock.advance(1000);
    expect(toMs(harness.sink.wordStarts).toSorted((a, b) => a - b)).toEqual([5, 100, 195.5, 300]);
    await harness.send(new TTSStoppedFrame());
    await harness.clock.advance(1000);
    await harness.send(new TTSStartedFrame(), word("five", 570), speech(200), new TTSStoppedFrame());
    // The same context: its audio so far has 520 ms, in whole chunks.
    expect(toMs(harness.sink.wordStarts).slice(4)).toEqual([570]);
  });

  it("are unknown for words without a place in the audio", async () => {
    const harness = await new OutputHarness().start();
    await harness.send(new TTSStartedFrame(), word("one", undefined), speech(200));
    expect(harness.sink.wordStarts).toEqual([]);
  });
});
