/** An utterance as its frames arrive; when it is heard is known only later. */
export interface Utterance {
  /** When its first frame arrived, on the clock's time. */
  readonly arrivedMs: number;
  /** Whether it has audio, or will have: its timed frames then follow the audio. */
  hasAudio: boolean;
  /** Whether it must be heard to its end, through interruptions. */
  uninterruptible: boolean;
  /** How much later it is heard than it arrived, in milliseconds; undefined until its first sample has been played. */
  shiftMs: number | undefined;
  /** The part of its context's audio that plays now, or played last, and since when. */
  playing: { readonly fromMs: number; readonly toMs: number; readonly sinceMs: number } | undefined;
}

/** An utterance whose first frame has arrived at `arrivedMs`. */
export function createUtterance(arrivedMs: number): Utterance {
  return { arrivedMs, hasAudio: false, uninterruptible: false, shiftMs: undefined, playing: undefined };
}
