import { describe, expect, it } from "vitest";

import {
  type AudioFields,
  InputAudioRawFrame,
  OutputAudioRawFrame,
  SpeechOutputAudioRawFrame,
  TTSAudioRawFrame,
  UserAudioRawFrame,
} from "../../src/frames/index.ts";
import { InvalidOptionError } from "../../src/util/errors.ts";

const makers = [
  ["InputAudioRawFrame", (fields: AudioFields) => new InputAudioRawFrame(fields)],
  ["UserAudioRawFrame", (fields: AudioFields) => new UserAudioRawFrame({ ...fields, userId: "ada" })],
  ["OutputAudioRawFrame", (fields: AudioFields) => new OutputAudioRawFrame(fields)],
  ["TTSAudioRawFrame", (fields: AudioFields) => new TTSAudioRawFrame(fields)],
  ["SpeechOutputAudioRawFrame", (fields: AudioFields) => new SpeechOutputAudioRawFrame(fields)],
] as const;

describe.each(makers)("%s", (_name, make) => {
  it.each([
    ["sampleRate", { sampleRate: 0 }],
    ["sampleRate", { sampleRate: -16_000 }],
    ["sampleRate", { sampleRate: NaN }],
    ["sampleRate", { sampleRate: Infinity }],
    ["numChannels", { numChannels: 0 }],
    ["numChannels", { numChannels: 1.5 }],
    ["audio", { numChannels: 2 }],
  ])("rejects an invalid %s: %o", (field, wrong) => {
    const fields = { audio: new Int16Array(3), sampleRate: 16_000, ...wrong };
    const refusal = (): unknown => make(fields);
    expect(refusal).toThrow(InvalidOptionError);
    expect(refusal).toThrow(expect.objectContaining({ field }));
  });

  it("accepts no samples, and any whole number of samples per channel", () => {
    expect(make({ audio: new Int16Array(0), sampleRate: 16_000 }).durationMs).toBe(0);
    expect(make({ audio: new Int16Array(48_000), sampleRate: 24_000, numChannels: 2 }).durationMs).toBe(1000);
  });
});
