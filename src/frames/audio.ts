import { InvalidOptionError } from "../util/errors.ts";
import { DataFrame, SystemFrame } from "./frame.ts";

/** Fields that every audio frame is constructed from. */
export interface AudioFields {
  /** Interleaved signed 16-bit PCM. Frames share it: do not write into it. */
  readonly audio: Int16Array;
  /** Sample rate in Hz. */
  readonly sampleRate: number;
  /** Number of channels. Default 1. */
  readonly numChannels?: number;
}

/** Duration in milliseconds. Throws for fields that cannot be audio: here, the code at fault is still on the stack. */
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
 * Audio captured by an input transport. It is a system frame, so that it never waits behind the bot's output.
 *
 * @throws InvalidOptionError for a rate that is not above 0, or a length that is not a multiple of the channels.
 */
export class InputAudioRawFrame extends SystemFrame {
  readonly kind: "InputAudioRawFrame" | "UserAudioRawFrame" = "InputAudioRawFrame";
  /** Duration in milliseconds, computed from the samples. */
  override readonly durationMs: number;
  /** Interleaved signed 16-bit PCM. Frames share it: do not write into it. */
  readonly audio: Int16Array;
  /** Sample rate in Hz. */
  readonly sampleRate: number;
  /** Number of channels. */
  readonly numChannels: number;

  constructor(fields: AudioFields) {
    super();
    this.audio = fields.audio;
    this.sampleRate = fields.sampleRate;
    this.numChannels = fields.numChannels ?? 1;
    this.durationMs = measureDurationMs(fields);
  }

  /** Number of samples per channel. */
  get numFrames(): number {
    return this.audio.length / this.numChannels;
  }
}

/** Audio captured from one participant. */
export class UserAudioRawFrame extends InputAudioRawFrame {
  override readonly kind = "UserAudioRawFrame";
  /** Session id of the participant. */
  readonly userId: string;

  constructor(fields: AudioFields & { readonly userId: string }) {
    super(fields);
    this.userId = fields.userId;
  }
}

/**
 * Audio to play, such as music or sounds. The bot counts as speaking only for its subclasses.
 *
 * @throws InvalidOptionError for a rate that is not above 0, or a length that is not a multiple of the channels.
 */
export class OutputAudioRawFrame extends DataFrame {
  readonly kind: "OutputAudioRawFrame" | "TTSAudioRawFrame" | "SpeechOutputAudioRawFrame" = "OutputAudioRawFrame";
  /** Duration in milliseconds, computed from the samples. */
  override readonly durationMs: number;
  /** Interleaved signed 16-bit PCM. Frames share it: do not write into it. */
  readonly audio: Int16Array;
  /** Sample rate in Hz. */
  readonly sampleRate: number;
  /** Number of channels. */
  readonly numChannels: number;

  constructor(fields: AudioFields) {
    super();
    this.audio = fields.audio;
    this.sampleRate = fields.sampleRate;
    this.numChannels = fields.numChannels ?? 1;
    this.durationMs = measureDurationMs(fields);
  }

  /** Number of samples per channel. */
  get numFrames(): number {
    return this.audio.length / this.numChannels;
  }
}

/** Synthesised speech. A `TTSStoppedFrame` marks the end of the utterance. */
export class TTSAudioRawFrame extends OutputAudioRawFrame {
  override readonly kind = "TTSAudioRawFrame";
  /** Id of the utterance that the audio belongs to. */
  readonly contextId: string | undefined;

  constructor(fields: AudioFields & { readonly contextId?: string | undefined }) {
    super(fields);
    this.contextId = fields.contextId;
  }
}

/**
 * A piece of a continuous stream of speech and silence, as avatar services send it. The bot counts as speaking where it
 * is not silent.
 */
export class SpeechOutputAudioRawFrame extends OutputAudioRawFrame {
  override readonly kind = "SpeechOutputAudioRawFrame";
  /**
   * When the first sample was captured, in milliseconds on the pipeline's clock, if the stream is live: pictures that
   * carry times of the same capture are then shown when this is heard, and silence of the stream is left out where it
   * would be late. Undefined: not live.
   */
  readonly capturedAtMs: number | undefined;

  constructor(fields: AudioFields & { readonly capturedAtMs?: number | undefined }) {
    super(fields);
    this.capturedAtMs = fields.capturedAtMs;
  }
}
