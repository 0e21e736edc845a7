/**
 * Estimates how likely a short block of audio contains speech: a model or a simpler measure. Use one analyzer per
 * stream.
 */
export interface VADAnalyzer {
  /**
   * Supported sample rates in Hz, the best first. Audio at another rate is resampled to the best one. Empty: any rate.
   */
  readonly sampleRates: readonly number[];
  /** Returns the exact number of samples that {@link confidence} takes at this rate. */
  frameSamples(sampleRate: number): number;
  /**
   * Loads what the analyzer needs. Called before the first audio, possibly more than once. A failure fails the
   * pipeline's setup.
   */
  prepare?(): Promise<void>;
  /**
   * Returns how likely the block contains speech, 0 to 1. `pcm` is mono and may be overwritten after the result. Blocks
   * arrive one at a time; a result that takes longer than 1 s is dropped.
   */
  confidence(pcm: Int16Array, sampleRate: number): number | Promise<number>;
  /** Called when the stream was interrupted: the next audio does not continue it. */
  reset(): void;
  /** Releases all resources. Idempotent. */
  close(): void | Promise<void>;
}
