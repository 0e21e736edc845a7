/** What an audio output has to do, and has done so far. */
export interface AudioDestinationStats {
  /** Its name; undefined is a default destination without one. */
  readonly destination: string | undefined;
  /** Audio that waits to be written, in milliseconds. */
  readonly queuedMs: number;
  /** Everything that has not been heard or passed on yet, chunks of audio among it. */
  readonly queuedFrames: number;
  /** Audio that was written and has not been heard yet, in milliseconds. */
  readonly leadMs: number;
  /** Audio that was written so far, less what interruptions flushed, in milliseconds. */
  readonly writtenMs: number;
  /** Chunks that the sink did not take, and that are lost. */
  readonly refusedChunks: number;
}
