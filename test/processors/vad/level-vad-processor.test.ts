import { describe, expect, it } from "vitest";

import { type Frame, UserAudioRawFrame } from "../../../src/frames/index.ts";
import { LevelVADProcessor } from "../../../src/processors/index.ts";
import { runProcessor } from "../../../src/testing/index.ts";
import { blocks } from "../audio-blocks.ts";

function turnsIn(frames: readonly Frame[]): string[] {
  return frames.map(({ kind }) => kind).filter((kind) => kind.startsWith("VADUser"));
}

describe("LevelVADProcessor", () => {
  it("detects speech between silence, and forwards the audio", async () => {
    const audio = [...blocks(0, 300), ...blocks(8000, 400), ...blocks(0, 800)];
    const { downstream } = await runProcessor(new LevelVADProcessor(), audio);
    expect(turnsIn(downstream)).toEqual(["VADUserStartedSpeakingFrame", "VADUserStoppedSpeakingFrame"]);
    expect(downstream.filter((frame) => frame instanceof UserAudioRawFrame)).toEqual(audio);
  });

  it("reports start and stop in order with the audio: after 60 ms of sound and 500 ms of silence", async () => {
    const { downstream } = await runProcessor(new LevelVADProcessor(), [...blocks(8000, 400), ...blocks(0, 800)]);
    const seen = downstream.filter(({ kind }) => kind === "UserAudioRawFrame" || kind.startsWith("VADUser"));
    expect(seen.findIndex(({ kind }) => kind === "VADUserStartedSpeakingFrame")).toBe(6);
    expect(seen.findIndex(({ kind }) => kind === "VADUserStoppedSpeakingFrame")).toBe(40 + 50 + 1);
  });

  it("ignores clicks and short pauses", async () => {
    const click = [...blocks(0, 100), ...blocks(20_000, 30), ...blocks(0, 700)];
    expect(turnsIn((await runProcessor(new LevelVADProcessor(), click)).downstream)).toEqual([]);
    const pause = [...blocks(8000, 200), ...blocks(0, 300), ...blocks(8000, 200), ...blocks(0, 600)];
    expect(turnsIn((await runProcessor(new LevelVADProcessor(), pause)).downstream)).toHaveLength(2);
  });

  it("accepts audio at any rate, and a custom threshold", async () => {
    const audio = [...blocks(1000, 200, 48_000), ...blocks(0, 600, 48_000)];
    expect(turnsIn((await runProcessor(new LevelVADProcessor(), audio)).downstream)).toHaveLength(2);
    const deaf = new LevelVADProcessor({ thresholdDb: -20 });
    expect(turnsIn((await runProcessor(deaf, audio)).downstream)).toEqual([]);
  });
});
