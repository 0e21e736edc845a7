import { TavusTransportError } from "../../util/errors.ts";

export interface RecordingFormat {
  /** Hz. */
  readonly sampleRate: number;
  /** 2: the user left, the bot right; 1: both mixed. */
  readonly channels: 1 | 2;
  /** Which recording of this recorder it is, from 1. */
  readonly recording: number;
}

/** Where a recording goes, piece by piece. */
export interface RecordingSink {
  /** Takes the next piece, interleaved; the next one comes when the promise has settled. */
  write(audio: Int16Array): void | Promise<void>;
  /** Nothing more comes. Called once, also after a failed `write`. */
  close(): void | Promise<void>;
}

/** Opens the sink of one recording. {@link wavFile} makes one for files. */
export type OpenRecordingSink = (format: RecordingFormat) => RecordingSink | Promise<RecordingSink>;

/** A recording could not be written, or not in time; the events of the recorder go on. `cause` is what happened. */
export class RecordingError extends TavusTransportError {
  readonly code = "recording";

  constructor(cause: Error) {
    super(`The recording could not be written: ${cause.message} What is there so far is kept; check the sink.`, {
      cause,
    });
  }
}
