import { describe, expect, it } from "vitest";

import * as frames from "../../src/frames/index.ts";

const pcm = { audio: new Int16Array(480), sampleRate: 24_000 };
const heard = { text: "hello", userId: "u1" };

/** One of every kind. A new frame class must be added here: the test below compares with what the barrel exports. */
const samples: frames.Frame[] = [
  new frames.StartFrame({ audioInSampleRate: 16_000, audioOutSampleRate: 24_000 }),
  new frames.EndFrame(),
  new frames.StopFrame(),
  new frames.CancelFrame(),
  new frames.EndTaskFrame(),
  new frames.CancelTaskFrame(),
  new frames.HeartbeatFrame(0),
  new frames.InterruptionFrame(),
  new frames.ErrorFrame(new Error("x")),
  new frames.InputAudioRawFrame(pcm),
  new frames.UserAudioRawFrame({ ...pcm, userId: "u1" }),
  new frames.OutputAudioRawFrame(pcm),
  new frames.TTSAudioRawFrame(pcm),
  new frames.SpeechOutputAudioRawFrame(pcm),
  new frames.TextFrame("x"),
  new frames.LLMTextFrame("x"),
  new frames.TTSTextFrame("x"),
  new frames.TranscriptionFrame(heard),
  new frames.InterimTranscriptionFrame(heard),
  new frames.TTSSpeakFrame("x"),
  new frames.TTSStartedFrame(),
  new frames.TTSStoppedFrame(),
  new frames.LLMFullResponseStartFrame(),
  new frames.LLMFullResponseEndFrame(),
  new frames.UserStartedSpeakingFrame(),
  new frames.UserStoppedSpeakingFrame(),
  new frames.UserSpeakingFrame(),
  new frames.VADUserStartedSpeakingFrame(),
  new frames.VADUserStoppedSpeakingFrame(),
  new frames.BotStartedSpeakingFrame(),
  new frames.BotSpeakingFrame(),
  new frames.BotStoppedSpeakingFrame(),
  new frames.BotConnectedFrame(),
  new frames.ClientConnectedFrame(),
  new frames.OutputTransportReadyFrame(),
  new frames.InputTransportMessageFrame({}),
  new frames.OutputTransportMessageFrame({}),
  new frames.OutputTransportMessageUrgentFrame({}),
];

const families = ["Frame", "SystemFrame", "DataFrame", "ControlFrame"];

describe("frames", () => {
  it("a frame's kind is its class name, and every class is covered here", () => {
    for (const frame of samples) expect(frame.kind).toBe(frame.constructor.name);
    const exported = Object.keys(frames).filter((name) => name.endsWith("Frame") && /^[A-Z]/.test(name));
    expect(samples.map((frame) => frame.kind).sort()).toEqual(
      exported.filter((name) => !families.includes(name)).sort(),
    );
  });

  it("the category is the family's", () => {
    for (const frame of samples) {
      const family = { system: frames.SystemFrame, data: frames.DataFrame, control: frames.ControlFrame }[
        frame.category
      ];
      expect(frame, frame.kind).toBeInstanceOf(family);
    }
  });

  it("only these ordered frames survive an interruption", () => {
    const uninterruptible = samples.filter((frame) => frame.uninterruptible).map((frame) => frame.kind);
    expect(uninterruptible).toEqual(["EndFrame", "StopFrame", "EndTaskFrame", "OutputTransportReadyFrame"]);
  });

  it("ids grow with construction and names carry them", () => {
    const first = new frames.TextFrame("a");
    const second = new frames.TextFrame("b");
    expect(second.id).toBeGreaterThan(first.id);
    expect(second.name).toBe(`TextFrame#${second.id}`);
  });

  it("metadata belongs to one frame", () => {
    const frame = new frames.TextFrame("a");
    frame.metadata.turn = 1;
    expect(frame.metadata).toEqual({ turn: 1 });
    expect(new frames.TextFrame("b").metadata).toEqual({});
  });

  it("audio knows its length per channel and in time", () => {
    expect(new frames.TTSAudioRawFrame(pcm)).toMatchObject({ numFrames: 480, durationMs: 20, numChannels: 1 });
    expect(new frames.InputAudioRawFrame({ ...pcm, numChannels: 2 })).toMatchObject({ numFrames: 240, durationMs: 10 });
    expect(new frames.TextFrame("a").durationMs).toBe(0);
  });

  it("families hold: what is spoken is output audio, what is heard is text", () => {
    expect(new frames.TTSAudioRawFrame(pcm)).toBeInstanceOf(frames.OutputAudioRawFrame);
    expect(new frames.UserAudioRawFrame({ ...pcm, userId: "u" })).toBeInstanceOf(frames.InputAudioRawFrame);
    expect(new frames.TranscriptionFrame(heard)).toBeInstanceOf(frames.TextFrame);
  });
});
