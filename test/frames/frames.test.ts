import { describe, expect, it } from "vitest";

import * as frames from "../../src/frames/index.ts";

const pcm = { audio: new Int16Array(480), sampleRate: 24_000 };
const heard = { text: "hello", userId: "u1" };
const picture = { image: new Uint8Array(12), width: 2, height: 2 };
const call = { functionName: "f", toolCallId: "1", arguments: {} };

/**
 * One frame of every kind. A new frame class must be added here: the test below compares this list with the exports.
 */
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
  new frames.EagerTranscriptionFrame(heard),
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
  new frames.BotResumeSpeakingFrame(),
  new frames.ClientConnectedFrame(),
  new frames.OutputTransportReadyFrame(),
  new frames.InputTransportMessageFrame({}),
  new frames.OutputTransportMessageFrame({}),
  new frames.OutputTransportMessageUrgentFrame({}),
  new frames.StopTaskFrame(),
  new frames.InterruptionTaskFrame(),
  new frames.PipelineFlushFrame(),
  new frames.PipelineFlushUrgentFrame(),
  new frames.InputDTMFFrame("5"),
  new frames.FrameProcessorPauseFrame("p"),
  new frames.FrameProcessorPauseUrgentFrame("p"),
  new frames.FrameProcessorResumeFrame("p"),
  new frames.ProposedUserStartedSpeakingFrame(),
  new frames.ProposedUserStoppedSpeakingFrame(),
  new frames.UserTurnInferenceCompletedFrame(),
  new frames.EagerEndOfTurnCancelFrame(),
  new frames.EagerEndOfTurnConfirmFrame(1),
  new frames.UserMuteStartedFrame(),
  new frames.UserMuteStoppedFrame(),
  new frames.STTMuteFrame(true),
  new frames.UserIdleTimeoutUpdateFrame(0),
  new frames.SpeechControlParamsFrame(),
  new frames.VADParamsUpdateFrame({}),
  new frames.InputTransportStartAudioStreamingFrame(),
  new frames.FilterUpdateSettingsFrame({}),
  new frames.FilterEnableFrame(true),
  new frames.MixerUpdateSettingsFrame({}),
  new frames.MixerEnableFrame(true),
  new frames.AvatarStateFrame({ is: "joining" }, { is: "none", reason: "notStarted" }),
  new frames.AudioBufferStartRecordingFrame(),
  new frames.AudioBufferStopRecordingFrame(),
  new frames.InputImageRawFrame(picture),
  new frames.UserImageRawFrame({ ...picture, userId: "u1" }),
  new frames.UserImageRequestFrame({ userId: "u1" }),
  new frames.OutputImageRawFrame(picture),
  new frames.URLImageRawFrame(picture),
  new frames.AssistantImageRawFrame(picture),
  new frames.SpriteFrame([]),
  new frames.MetricsFrame([]),
  new frames.FunctionCallsStartedFrame([call]),
  new frames.FunctionCallInProgressFrame(call),
  new frames.FunctionCallResultFrame(call, 1),
  new frames.FunctionCallCancelFrame(call),
  new frames.LLMContextFrame(new frames.LLMContext()),
  new frames.LLMRunFrame(),
  new frames.LLMMessagesAppendFrame([]),
  new frames.LLMMessagesUpdateFrame([]),
  new frames.LLMMessagesTransformFrame((messages) => messages),
  new frames.LLMSetToolsFrame([]),
  new frames.LLMSetToolChoiceFrame("auto"),
  new frames.LLMConfigureOutputFrame(true),
  new frames.LLMSummarizeContextFrame(),
  new frames.LLMThoughtStartFrame(),
  new frames.LLMThoughtTextFrame("x"),
  new frames.LLMThoughtEndFrame(),
  new frames.LLMAssistantPushAggregationFrame(),
  new frames.LLMContextAssistantTimestampFrame(0),
  new frames.LLMContextAssistantTurnFrame({ text: "x", timestampMs: 0 }),
  new frames.STTUpdateSettingsFrame({}),
  new frames.LLMUpdateSettingsFrame({}),
  new frames.TTSUpdateSettingsFrame({}),
  new frames.ServiceMetadataFrame("s"),
  new frames.STTMetadataFrame("s", 500),
  new frames.LLMServiceMetadataFrame("s", false),
  new frames.AggregatedTextFrame("x"),
  new frames.AggregatedTextProgressFrame({
    ...{ segmentId: 1, contextId: "c", text: "a b", aggregatedBy: "sentence" },
    ...{ accumulatedText: "a", remainingText: " b" },
  }),
  new frames.TranslationFrame(heard),
  new frames.InputTextRawFrame("x"),
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

  it("a frame has the category of its base class", () => {
    for (const frame of samples) {
      const family = { system: frames.SystemFrame, data: frames.DataFrame, control: frames.ControlFrame }[
        frame.category
      ];
      expect(frame, frame.kind).toBeInstanceOf(family);
    }
  });

  it("only these ordered frames survive an interruption", () => {
    const uninterruptible = samples.filter((frame) => frame.uninterruptible).map((frame) => frame.kind);
    expect(uninterruptible).toEqual([
      "EndFrame",
      "StopFrame",
      "EndTaskFrame",
      "TranscriptionFrame",
      "OutputTransportReadyFrame",
      "StopTaskFrame",
      "PipelineFlushFrame",
      "AudioBufferStopRecordingFrame",
      "FunctionCallInProgressFrame",
      "FunctionCallResultFrame",
      "LLMContextAssistantTimestampFrame",
      "LLMContextAssistantTurnFrame",
      "STTUpdateSettingsFrame",
      "LLMUpdateSettingsFrame",
      "TTSUpdateSettingsFrame",
    ]);
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

  it("a copy has all fields of the frame, a new id and no sibling", () => {
    for (const frame of samples) {
      frame.ptsMs = 7;
      frame.metadata.turn = 1;
      frame.transportDestination = "stream";
      frame.broadcastSiblingId = 3;
      const copy = frame.copy();
      expect(copy.constructor).toBe(frame.constructor);
      expect(copy.id).toBeGreaterThan(frame.id);
      expect(copy.name).not.toBe(frame.name);
      expect(copy.broadcastSiblingId).toBeUndefined();
      const fields = Object.entries(frame).filter(([name]) => name !== "id" && name !== "broadcastSiblingId");
      expect(Object.entries(copy)).toEqual(expect.arrayContaining(fields));
      expect(Object.keys(copy)).toEqual(Object.keys(frame));
      copy.metadata.turn = 2;
      expect(frame.metadata).toEqual({ turn: 1 });
    }
  });

  it("a copy shares large data", () => {
    const frame = new frames.TTSAudioRawFrame(pcm);
    expect(frame.copy().audio).toBe(pcm.audio);
  });

  it("an error is permanent by its category or by its option", () => {
    const permanent = (options: frames.ErrorFrameOptions): boolean =>
      new frames.ErrorFrame(new Error("x"), options).permanent;
    expect(
      [{ category: "authentication" }, { category: "quota" }, {}, { permanent: true }].map((options) =>
        permanent(options as frames.ErrorFrameOptions),
      ),
    ).toEqual([true, false, false, true]);
  });

  it("audio frames know their length in samples per channel and in time", () => {
    expect(new frames.TTSAudioRawFrame(pcm)).toMatchObject({ numFrames: 480, durationMs: 20, numChannels: 1 });
    expect(new frames.InputAudioRawFrame({ ...pcm, numChannels: 2 })).toMatchObject({ numFrames: 240, durationMs: 10 });
    expect(new frames.TextFrame("a").durationMs).toBe(0);
  });

  it("speech frames are output audio, transcripts are text", () => {
    expect(new frames.TTSAudioRawFrame(pcm)).toBeInstanceOf(frames.OutputAudioRawFrame);
    expect(new frames.UserAudioRawFrame({ ...pcm, userId: "u" })).toBeInstanceOf(frames.InputAudioRawFrame);
    expect(new frames.TranscriptionFrame(heard)).toBeInstanceOf(frames.TextFrame);
  });
});
