import { describe, expect, it } from "vitest";

import {
  type Frame,
  InterruptionFrame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
  UserAudioRawFrame,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../src/frames/index.ts";
import { LevelVadProcessor, ParrotProcessor, UserTurnProcessor } from "../../src/processors/index.ts";
import { runProcessor } from "../../src/testing/index.ts";

const RATE = 16_000;

function block(level: number): UserAudioRawFrame {
  const audio = Int16Array.from({ length: RATE / 100 }, (_, i) => level * Math.sin(i / 3));
  return new UserAudioRawFrame({ audio, sampleRate: RATE, userId: "u" });
}

function blocks(level: number, ms: number): UserAudioRawFrame[] {
  return Array.from({ length: ms / 10 }, () => block(level));
}

function kinds(frames: readonly Frame[]): string[] {
  return frames.map(({ kind }) => kind).filter((kind) => kind !== "UserAudioRawFrame");
}

describe("LevelVadProcessor", () => {
  it("finds speech in the midst of silence, and passes the audio on", async () => {
    const audio = [...blocks(0, 300), ...blocks(8_000, 400), ...blocks(0, 800)];
    const { downstream } = await runProcessor(new LevelVadProcessor(), audio);
    expect(kinds(downstream)).toEqual(["VADUserStartedSpeakingFrame", "VADUserStoppedSpeakingFrame"]);
    expect(downstream.filter((frame) => frame instanceof UserAudioRawFrame)).toHaveLength(audio.length);
  });

  it("takes neither a click for speech nor a short pause for its end", async () => {
    const click = await runProcessor(new LevelVadProcessor(), [
      ...blocks(0, 100),
      ...blocks(20_000, 30),
      ...blocks(0, 700),
    ]);
    expect(kinds(click.downstream)).toEqual([]);
    const pause = [...blocks(8_000, 200), ...blocks(0, 300), ...blocks(8_000, 200), ...blocks(0, 600)];
    const speech = await runProcessor(new LevelVadProcessor(), pause);
    expect(kinds(speech.downstream)).toHaveLength(2);
  });
});

describe("UserTurnProcessor", () => {
  it("begins a turn with an interruption and ends it without one, both told both ways", async () => {
    const { downstream, upstream } = await runProcessor(new UserTurnProcessor(), [
      new VADUserStartedSpeakingFrame(),
      new VADUserStoppedSpeakingFrame(),
    ]);
    expect(kinds(downstream)).toEqual([
      "VADUserStartedSpeakingFrame",
      "UserStartedSpeakingFrame",
      "InterruptionFrame",
      "VADUserStoppedSpeakingFrame",
      "UserStoppedSpeakingFrame",
    ]);
    expect(upstream.some((frame) => frame instanceof InterruptionFrame)).toBe(true);
    expect(upstream.some((frame) => frame instanceof UserStartedSpeakingFrame)).toBe(true);
  });
});

describe("ParrotProcessor", () => {
  it("says what was said in the turn, and a little of what came just before it", async () => {
    const { downstream } = await runProcessor(new ParrotProcessor(), [
      ...blocks(1_000, 1_000),
      new UserStartedSpeakingFrame(),
      ...blocks(2_000, 500),
      new UserStoppedSpeakingFrame(),
    ]);
    const said = downstream.filter((frame) => frame instanceof TTSAudioRawFrame);
    expect(said.reduce((ms, { durationMs }) => ms + durationMs, 0)).toBeCloseTo(800);
    const spoken = downstream.filter((frame) => frame instanceof TTSStartedFrame || frame instanceof TTSStoppedFrame);
    expect(spoken.map(({ kind }) => kind)).toEqual(["TTSStartedFrame", "TTSStoppedFrame"]);
  });

  it("does not say it twice", async () => {
    const { downstream } = await runProcessor(new ParrotProcessor(), [
      new UserStartedSpeakingFrame(),
      ...blocks(2_000, 200),
      new UserStoppedSpeakingFrame(),
      new UserStartedSpeakingFrame(),
      new UserStoppedSpeakingFrame(),
    ]);
    expect(downstream.filter((frame) => frame instanceof TTSAudioRawFrame)).toHaveLength(20);
  });
});
