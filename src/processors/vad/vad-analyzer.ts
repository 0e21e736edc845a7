/** Tells how likely a short block of audio holds speech: a model, or a simpler measure. One analyzer hears one stream. */
export interface VADAnalyzer {
  /** Rates it takes, in Hz, the best first; audio of another rate is resampled to the best. Empty: any rate. */
  readonly sampleRates: readonly number[];
  /** Samples that {@link confidence} takes at this rate, exactly. */
  frameSamples(sampleRate: number): number;
  /** Loads what it needs. Called before the first audio, maybe more than once; a failure fails the pipeline's setup. */
  prepare?(): Promise<void>;
  /**
   * 0 (no speech) to 1. `pcm` is mono and may be overwritten once the answer is there. Blocks come one at a time; an
   * answer that takes longer than a second is given up.
   */
  confidence(pcm: Int16Array, sampleRate: number): number | Promise<number>;
  /** The stream was broken off; what comes next does not continue it. */
  reset(): void;
  /** Releases everything. Idempotent. */
  close(): void | Promise<void>;
}
