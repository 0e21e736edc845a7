/** How many measurements count. */
const KEPT = 5;
/** Sound this long after the speech it might belong to does not belong to it, in milliseconds. */
const MAX_LATENCY_MS = 4000;
/** Assumed until it was measured, in milliseconds: a slow renderer on a slow network. */
const UNKNOWN_LATENCY_MS = 1500;
/** Before speech that is measured nothing was sent for so long that nothing older can still be heard, in milliseconds. */
const SENT_PAUSE_MS = 2000;
const HEARD_PAUSE_MS = 300;

/**
 * From speech that leaves for the pal to its sound. Only the beginning of speech after a long pause is measured: what it
 * belongs to is certain.
 */
export class PalLatency {
  #measured: number[] = [];
  #onsetMs: number | undefined;

  /** In milliseconds; undefined until it was measured. */
  get medianMs(): number | undefined {
    const sorted = this.#measured.toSorted((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) / 2)];
  }

  /** The lowest of the last measurements, in milliseconds; 0 until there are any. */
  get lowestMs(): number {
    return this.#measured.length === 0 ? 0 : Math.min(...this.#measured);
  }

  /** The highest of the last measurements, in milliseconds; 1500 until there are any. */
  get highestMs(): number {
    return this.#measured.length === 0 ? UNKNOWN_LATENCY_MS : Math.max(...this.#measured);
  }

  /** Speech leaves at `atMs`, so long after the speech before it and after the pal's last sound. */
  sent(atMs: number, sentPauseMs: number, heardPauseMs: number): void {
    if (sentPauseMs >= SENT_PAUSE_MS && heardPauseMs >= HEARD_PAUSE_MS) this.#onsetMs = atMs;
  }

  /** The pal makes a sound at `atMs`. */
  heard(atMs: number): void {
    const latencyMs = this.#onsetMs === undefined ? Infinity : atMs - this.#onsetMs;
    this.#onsetMs = undefined;
    if (latencyMs > MAX_LATENCY_MS) return;
    this.#measured = [...this.#measured, Math.max(0, latencyMs)].slice(-KEPT);
  }

  /** The speech that is being measured was interrupted. */
  forgetOnset(): void {
    this.#onsetMs = undefined;
  }

  /** Forgets everything: another pal. */
  forget(): void {
    this.#measured = [];
    this.#onsetMs = undefined;
  }
}
