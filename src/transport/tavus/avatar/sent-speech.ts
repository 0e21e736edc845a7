/** Pauses up to this belong to the speech around them, in milliseconds. */
const RUN_GAP_MS = 300;
/** Longer than it takes until silence is noticed at the defaults; and a bound, whatever the options say. */
const MAX_STRETCHES = 600;
/** Pieces this close together are one stretch, up to the longest, in milliseconds. */
const SAME_STRETCH_MS = 5;
const LONGEST_STRETCH_MS = 50;

/** Audible speech that left for the pal without a pause. Positions are those of the sink. */
export interface SpeechStretch {
  readonly from: number;
  readonly to: number;
  /** When its first sample left, on the clock's time. */
  readonly startMs: number;
  /** When its last sample left. */
  readonly endMs: number;
}

/** What was sent to the pal lately: when which audible speech left. Silence is not recorded. */
export class SentSpeech {
  #stretches: SpeechStretch[] = [];

  /** When the last audible speech left, on the clock's time. */
  get lastMs(): number {
    return this.#stretches.at(-1)?.endMs ?? -Infinity;
  }

  add(stretch: SpeechStretch): void {
    const last = this.#stretches.at(-1);
    const isSame = last && stretch.startMs - last.endMs < SAME_STRETCH_MS && last.to === stretch.from;
    if (isSame && stretch.endMs - last.startMs <= LONGEST_STRETCH_MS)
      this.#stretches[this.#stretches.length - 1] = { ...stretch, from: last.from, startMs: last.startMs };
    else this.#stretches.push(stretch);
    if (this.#stretches.length > MAX_STRETCHES) this.#stretches.shift();
  }

  /** Forgets what ended before. */
  forgetBefore(ms: number): void {
    this.#stretches = this.#stretches.filter(({ endMs }) => endMs >= ms);
  }

  clear(): void {
    this.#stretches = [];
  }

  /** The first speech that left after this time. */
  firstAfter(ms: number): SpeechStretch | undefined {
    return this.#stretches.find(({ startMs }) => startMs > ms);
  }

  /** The first speech that was not over at this time. */
  firstEndingAfter(ms: number): SpeechStretch | undefined {
    return this.#stretches.find(({ endMs }) => endMs > ms);
  }

  /** How much speech has left from this stretch on, in milliseconds. */
  durationFrom(first: SpeechStretch): number {
    const later = this.#stretches.slice(this.#stretches.indexOf(first));
    return later.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  }

  /**
   * The position that left at `ms`, if that was within the speech that goes on, but for short pauses, with `stretch`;
   * else the position where that speech begins.
   */
  positionAt(ms: number, stretch: SpeechStretch): number {
    let at = this.#stretches.indexOf(stretch);
    let first = stretch;
    for (let before = this.#stretches[--at]; before; before = this.#stretches[--at]) {
      if (before.endMs <= ms || first.startMs - before.endMs > RUN_GAP_MS) break;
      first = before;
    }
    if (ms <= first.startMs) return first.from;
    const share = Math.min(1, (ms - first.startMs) / Math.max(1, first.endMs - first.startMs));
    return Math.round(first.from + share * (first.to - first.from));
  }
}
