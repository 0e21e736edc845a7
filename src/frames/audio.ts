import { InvalidOptionError } from "../util/errors.ts";
import { DataFrame, SystemFrame } from "./frame.ts";

export interface AudioFields {
  /** Interleaved signed 16-bit PCM. Frames share it: do not write into it. */
  readonly audio: Int16Array;
  /** Hz. */
  readonly sampleRate: number;
  /** Default 1. */
  readonly numChannels?: number;
}

/** In milliseconds. Throws for fields that cannot be audio: found here, the culprit is still on the stack. */
function measureDurationMs({ audio, sampleRate, numChannels = 1 }: AudioFields): number {
  if (!(sampleRate > 0 && sampleRate < Infinity))
    throw new InvalidOptionError("sampleRate", `must be a rate in Hz above 0, not ${sampleRate}.`);

  if (!(Number.isInteger(numChannels) && numChannels >= 1))
    throw new InvalidOptionError("numChannels", `must be 1 or more, not ${numChannels}.`);

  if (audio.length % numChannels !== 0) {
    throw new InvalidOptionError(
      "audio",
      `must have as many samples for each of its ${numChannels} channels; it has ${audio.length} in all.`,
    );
  }
  return (audio.length / numChannels / sampleRate) * 1000;
}

/**
 * Audio heard. A system frame, so that it never waits behind what the bot has to say. Throws an InvalidOptionError for a
 * rate that is not above 0, or a length that does not fit the channels.
 */
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
    this.durationMs = measureDurationMs(fields);
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

/**
 * Audio to play, of any kind: music, sounds. Only its subclasses make the bot count as speaking. Throws an
 * InvalidOptionError for a rate that is not above 0, or a length that does not fit the channels.
 */
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
    this.durationMs = measureDurationMs(fields);
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
