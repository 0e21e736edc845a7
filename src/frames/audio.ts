import { DataFrame, SystemFrame } from "./frame.ts";

export interface AudioFields {
  /** Interleaved signed 16-bit PCM. Frames share it: do not write into it. */
  readonly audio: Int16Array;
  /** Hz. */
  readonly sampleRate: number;
  /** Default 1. */
  readonly numChannels?: number;
}

function durationOf(fields: AudioFields): number {
  return (fields.audio.length / (fields.numChannels ?? 1) / fields.sampleRate) * 1000;
}

/** Audio heard. A system frame, so that it never waits behind what the bot has to say. */
export class InputAudioRawFrame extends SystemFrame {
  readonly kind: "InputAudioRawFrame" | "UserAudioRawFrame" = "InputAudioRawFrame";
  override readonly durationMs: number;
  readonly audio: Int16Array;
  readonly sampleRate: number;
  readonly numChannels: number;

  constructor(fields: AudioFields) {
    super();
    this.audio = fields.audio;
    this.sampleRate = fields.sampleRate;
    this.numChannels = fields.numChannels ?? 1;
    this.durationMs = durationOf(fields);
  }

  /** Samples per channel. */
  get numFrames(): number {
    return this.audio.length / this.numChannels;
  }
}

/** Audio of one participant. */
export class UserAudioRawFrame extends InputAudioRawFrame {
  override readonly kind = "UserAudioRawFrame";
  readonly userId: string;

  constructor(fields: AudioFields & { readonly userId: string }) {
    super(fields);
    this.userId = fields.userId;
  }
}

/** Audio to play, of any kind: music, sounds. Only its subclasses make the bot count as speaking. */
export class OutputAudioRawFrame extends DataFrame {
  readonly kind: "OutputAudioRawFrame" | "TTSAudioRawFrame" | "SpeechOutputAudioRawFrame" = "OutputAudioRawFrame";
  override readonly durationMs: number;
  readonly audio: Int16Array;
  readonly sampleRate: number;
  readonly numChannels: number;

  constructor(fields: AudioFields) {
    super();
    this.audio = fields.audio;
    this.sampleRate = fields.sampleRate;
    this.numChannels = fields.numChannels ?? 1;
    this.durationMs = durationOf(fields);
  }

  /** Samples per channel. */
  get numFrames(): number {
    return this.audio.length / this.numChannels;
  }
}

/** Synthesised speech; its end is marked by a `TTSStoppedFrame`. */
export class TTSAudioRawFrame extends OutputAudioRawFrame {
  override readonly kind = "TTSAudioRawFrame";
  /** Which utterance it belongs to. */
  readonly contextId: string | undefined;

  constructor(fields: AudioFields & { readonly contextId?: string | undefined }) {
    super(fields);
    this.contextId = fields.contextId;
  }
}

/** A continuous stream with silence in it (avatar services send this); the bot speaks where it is not silent. */
export class SpeechOutputAudioRawFrame extends OutputAudioRawFrame {
  override readonly kind = "SpeechOutputAudioRawFrame";
}
