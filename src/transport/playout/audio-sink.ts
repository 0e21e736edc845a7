/** How a wait for played audio ended: it was played, an interruption flushed it, or the sink has closed. */
export type PlayoutOutcome = "played" | "flushed" | "closed";

/**
 * Where the voice goes: it takes PCM and keeps an honest account of how much of it has been played. Both audio deliveries
 * (a WebRTC track and `conversation.echo` messages) are sinks, so the code above knows only this.
 *
 * There are two ways to keep that account. They differ in `preferredLeadMs` and in what is behind `playedSamples`:
 * - *paced*: the sink plays in real time itself and counts what it has played. It is kept a little ahead.
 * - *ahead*: audio is delivered faster than it is heard. `playedSamples` follows a model (the time of sending, the measured
 *   latency, the duration), which reports of the far end correct and an interruption ends.
 *
 * In both, who speaks and which words were heard follow `playedSamples`, never the moment of writing.
 *
 * Positions count samples per channel since the sink was opened. What a flush drops never counts as played, and
 * `writtenSamples` falls back to `playedSamples` with it.
 */
export interface AudioSink {
  /** Rate of the PCM that `write` takes, in Hz. */
  readonly sampleRate: number;
  /** Channels of the PCM that `write` takes; they are interleaved. */
  readonly channels: number;
  /** Samples per channel accepted so far and not flushed. */
  readonly writtenSamples: number;
  /** Samples per channel that the other side has been given to hear. Grows in real time, never falls. */
  readonly playedSamples: number;
  /** Whether it takes no more audio: after {@link close}, or because the way to the listener is gone. */
  readonly closed: boolean;
  /**
   * How far ahead of what has been played it is to be written, in milliseconds. Default 200: enough for a sink that plays
   * from here, and little to throw away on an interruption. A sink that plays elsewhere, and drops all at a flush, asks for
   * much: then the voice continues whatever this process does.
   */
  readonly preferredLeadMs?: number | undefined;
  /**
   * Takes interleaved signed 16-bit PCM; the sink owns the array from here on. Never waits: keep
   * `writtenSamples - playedSamples` small with {@link whenPlayed}. Returns false, and takes nothing, once it is closed or
   * when the sink's own bound (40 s for a track) is reached.
   *
   * @throws Whatever the sink's transport throws; the audio then counts as not taken.
   */
  write(pcm: Int16Array): boolean;
  /** Marks the utterance as complete: a normal end, not an underrun. */
  endUtterance(): void;
  /**
   * A word starts at this position, which was written and may have been played: a sink that has to say something again does
   * so from the start of a word. Most sinks need no such marks and do not have the method.
   */
  markWord?(position: number): void;
  /** Drops what has not been played, at once and wherever it is queued. Returns the position heard. */
  flush(): number;
  /** Resolves when `position` has been played, or with the reason why it never will be. Never rejects. */
  whenPlayed(position: number): Promise<PlayoutOutcome>;
  /** Closes the way to the listener. Pending waits end with "closed". Idempotent. */
  close(): Promise<void>;
}
