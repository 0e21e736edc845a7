import { describe, expect, it } from "vitest";

import { UserAudioRawFrame } from "../../../src/frames/index.ts";
import { SpeechRecording } from "../../../src/services/smart-turn/speech-recording.ts";

const MAX_MS = 100;

/** Records at 1000 Hz, so that a sample is a millisecond; each has its time as its value. */
function rig(preSpeechMs = 30) {
  const recording = new SpeechRecording({ maxMs: MAX_MS, preSpeechMs });
  let nowMs = 0;
  return {
    recording,
    hear(ms: number, speaking: boolean, sampleRate = 1000, numChannels = 1) {
      const audio = Int16Array.from({ length: ms * numChannels }, (_, i) => nowMs + Math.floor(i / numChannels));
      nowMs += ms;
      recording.add(new UserAudioRawFrame({ audio, sampleRate, numChannels, userId: "u" }), speaking);
    },
    range() {
      const { pcm } = recording.copy();
      const isWhole = pcm.every((value, i) => value === (pcm[0] ?? 0) + i);
      return isWhole ? [pcm[0], pcm.at(-1)] : "a gap";
    },
  };
}

describe("SpeechRecording", () => {
  it("begins a turn shortly before voice activity, and keeps pauses", () => {
    const { hear, range, recording } = rig();
    hear(70, false);
    expect(recording.copy().pcm).toHaveLength(0);
    hear(10, true);
    hear(10, false);
    hear(5, true);
    expect(range()).toEqual([40, 94]);
  });

  it("keeps the last part of a long turn, whatever the size of the frames", () => {
    const { hear, range } = rig();
    for (let i = 0; i < 50; i++) hear(7, true);
    expect(range()).toEqual([250, 349]);
    hear(1000, true);
    expect(range()).toEqual([1250, 1349]);
  });

  it("begins the next turn with what followed the last one", () => {
    const { hear, range, recording } = rig();
    hear(60, true);
    recording.endTurn();
    expect(recording.copy().pcm).toHaveLength(0);
    hear(20, false);
    hear(10, true);
    expect(range()).toEqual([50, 89]);
  });

  it("starts again when the rate of the audio changes, and mixes channels", () => {
    const { hear, range, recording } = rig();
    hear(10, true);
    hear(10, true, 2000, 2);
    expect(range()).toEqual([10, 19]);
    expect(recording.copy().sampleRate).toBe(2000);
  });
});
