/** How a wait for played audio ended: it was heard, an interruption dropped it, or the sink is gone. */
export type PlayoutOutcome = "played" | "flushed" | "closed";

/**
 * Where the voice goes: PCM in, and an honest account of how much of it has been played. Both audio deliveries (a WebRTC
 * track and `conversation.echo` messages) sit behind it, so the playout clock above knows only this.
 *
 * There are two ways to keep that account, and they differ only in `preferredLeadMs` and in what is behind
 * `playedSamples`:
 * - *paced*: the sink plays in real time itself and counts. It is kept a little ahead, and what it has played is known.
 * - *ahead*: audio is delivered faster than it is heard. `playedSamples` follows a model (when it was sent, the latency
 *   measured, how long it is), corrected by what the far end tells, and cut at the moment of an interruption.
 *
 * In both, whoever speaks, and which words were heard, follow `playedSamples` and never the moment of writing.
 *
 * Positions count samples per channel since the sink was opened; what a flush drops never counts as played, and
 * `writtenSamples` falls back to `playedSamples` with it.
 */
export interface AudioSink {
  /** Rate of the PCM that `write` takes, in Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples per channel accepted so far and not flushed. */
  readonly writtenSamples: number;
  /** Samples per channel the other side has been given to hear. Grows in real time, never falls. */
  readonly playedSamples: number;
  readonly closed: boolean;
  /**
   * How far ahead of what has been played it likes to be written, in milliseconds. Default 200: enough for a track that
   * plays in real time, and little to throw away on an interruption.
   */
  readonly preferredLeadMs?: number | undefined;
  /**
   * Takes interleaved signed 16-bit PCM; the sink owns the array from here on. Never waits: keep
   * `writtenSamples - playedSamples` small with {@link whenPlayed}. Returns false, and takes nothing, once closed or when
   * the sink's own bound (10 s for a track) is full.
   */
  write(pcm: Int16Array): boolean;
  /** Says that the utterance is complete: a normal end, not an underrun. */
  endUtterance(): void;
  /** Drops all that was written and not yet played, at once and wherever it waits. Returns the position heard. */
  flush(): number;
  /** Resolves when `position` has been played, or with why it never will be. */
  whenPlayed(position: number): Promise<PlayoutOutcome>;
  /** Idempotent. Pending waits end with "closed". */
  close(): Promise<void>;
}
