import { rounded } from "./time.ts";

/** A block with a lower peak is silence; a bench's words and tones are far above. */
const LOUD_PEAK = 1000;

/** The silence inside what should have been continuous sound. */
export interface Gaps {
  readonly dropouts: number;
  readonly missingMs: number;
  readonly longestMs: number;
  /** From the first loud block to the last, in milliseconds. */
  readonly soundMs: number;
}

/** Measures the silence between the first loud block and the last one. */
export class GapMeter {
  #soundMs: number | undefined;
  #silentMs = 0;
  #gapsMs: number[] = [];

  /** Returns whether the block is loud. */
  feed(peak: number, durationMs: number): boolean {
    if (peak <= LOUD_PEAK) {
      if (this.#soundMs !== undefined) this.#silentMs += durationMs;
      return false;
    }
    if (this.#silentMs > 0) this.#gapsMs.push(this.#silentMs);
    this.#soundMs = (this.#soundMs ?? 0) + this.#silentMs + durationMs;
    this.#silentMs = 0;
    return true;
  }

  get gaps(): Gaps {
    return {
      dropouts: this.#gapsMs.length,
      missingMs: rounded(this.#gapsMs.reduce((sum, ms) => sum + ms, 0)),
      longestMs: rounded(Math.max(0, ...this.#gapsMs)),
      soundMs: rounded(this.#soundMs ?? 0),
    };
  }
}
