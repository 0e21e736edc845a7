import { levelDb } from "../../audio/index.ts";

/** Loudness in dB relative to full scale that counts as volume 0 and as volume 1. */
const SILENT_DB = -110;
const LOUD_DB = -10;
/** Time constant of the fall, so that dips between syllables do not count as silence. */
const FALL_MS = 150;

/**
 * Volume of a stream from 0 to 1: RMS loudness relative to full scale, where -110 dB is 0 and -10 dB is 1, so that
 * Pipecat's thresholds mean about the same here (0.6 is -50 dB). It rises at once and falls smoothly.
 */
export class VolumeMeter {
  #volume = 0;

  /** Takes a block and returns the volume after it. */
  add(pcm: Int16Array, durationMs: number): number {
    const now = Math.min(1, Math.max(0, (levelDb(pcm) - SILENT_DB) / (LOUD_DB - SILENT_DB)));
    const fall = 1 - Math.exp(-durationMs / FALL_MS);
    this.#volume = now > this.#volume ? now : this.#volume + (now - this.#volume) * fall;
    return this.#volume;
  }

  reset(): void {
    this.#volume = 0;
  }
}
