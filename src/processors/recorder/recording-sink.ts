import { TavusTransportError } from "../../util/errors.ts";

/** Format of a recording. */
export interface RecordingFormat {
  /** Sample rate in Hz. */
  readonly sampleRate: number;
  /** 2: the user on the left channel, the bot on the right; 1: both mixed. */
  readonly channels: 1 | 2;
  /** Number of the recording, from 1 per recorder. */
  readonly recording: number;
}

/** Receives a recording piece by piece. */
export interface RecordingSink {
  /** Writes the next piece of interleaved PCM. The next call waits until the promise has settled. */
  write(audio: Int16Array): void | Promise<void>;
  /** Ends the recording. Called once, also after a failed `write`. */
  close(): void | Promise<void>;
}

/** Opens the sink of one recording. {@link wavFile} creates one for files. */
export type OpenRecordingSink = (format: RecordingFormat) => RecordingSink | Promise<RecordingSink>;

/**
 * Reported when a recording could not be written, or not in time. The recorder still emits its events. `cause` is the
 * original error.
 */
export class RecordingError extends TavusTransportError {
  /** Machine-readable code of the error. */
  readonly code = "recording";

  constructor(cause: Error) {
    super(`The recording could not be written: ${cause.message} What was written so far is kept; check the sink.`, {
      cause,
    });
  }
}
