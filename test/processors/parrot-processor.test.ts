import { describe, expect, it } from "vitest";

import {
  TTSAudioRawFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
} from "../../src/frames/index.ts";
import { ParrotProcessor } from "../../src/processors/index.ts";
import { runProcessor } from "../../src/testing/index.ts";
import { blocks } from "./audio-blocks.ts";

describe("ParrotProcessor", () => {
  it("repeats the audio of the turn, and a little from just before it", async () => {
    const { downstream } = await runProcessor(new ParrotProcessor(), [
      ...blocks(1000, 1000),
      new UserStartedSpeakingFrame(),
      ...blocks(2000, 500),
      new UserStoppedSpeakingFrame(),
    ]);
    const said = downstream.filter((frame) => frame instanceof TTSAudioRawFrame);
    expect(said.reduce((ms, { durationMs }) => ms + durationMs, 0)).toBeCloseTo(800);
    const spoken = downstream.filter((frame) => frame instanceof TTSStartedFrame || frame instanceof TTSStoppedFrame);
    expect(spoken.map(({ kind }) => kind)).toEqual(["TTSStartedFrame", "TTSStoppedFrame"]);
  });

  it("does not repeat it twice", async () => {
    const { downstream } = await runProcessor(new ParrotProcessor(), [
      new UserStartedSpeakingFrame(),
      ...blocks(2000, 200),
      new UserStoppedSpeakingFrame(),
      new UserStartedSpeakingFrame(),
      new UserStoppedSpeakingFrame(),
    ]);
    expect(downstream.filter((frame) => frame instanceof TTSAudioRawFrame)).toHaveLength(20);
  });
});
