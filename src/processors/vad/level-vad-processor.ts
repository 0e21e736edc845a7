import { levelDb } from "../../audio/index.ts";
import type { VADAnalyzer } from "./vad-analyzer.ts";
import { VADProcessor } from "./vad-processor.ts";

/** Options of a {@link LevelVADProcessor}. */
export interface LevelVADOptions {
  /** Sound louder than this, in dB relative to full scale, counts as speech. Default -40. */
  readonly thresholdDb?: number;
  /** How long sound must last before it counts as speech, in milliseconds. Default 60. */
  readonly startMs?: number;
  /** How long silence must last before speech counts as ended, in milliseconds. Default 500. */
  readonly stopMs?: number;
  /** Speech ends when no audio arrives for this long (a muted microphone), in milliseconds. Default 1000. */
  readonly gapMs?: number;
}

/** An analyzer with full confidence in everything loud. */
class LevelVADAnalyzer implements VADAnalyzer {
  readonly sampleRates = [];
  readonly #thresholdDb: number;

  constructor(thresholdDb: number) {
    this.#thresholdDb = thresholdDb;
  }

  frameSamples(sampleRate: number): number {
    return Math.max(1, Math.round(sampleRate / 100));
  }

  confidence(pcm: Int16Array): number {
    return levelDb(pcm) > this.#thresholdDb ? 1 : 0;
  }

  reset(): void {
    // Blocks are independent of each other.
  }

  close(): void {
    // There is nothing to release.
  }
}

/**
 * Detects speech by loudness alone: enough for tests and demos with a clean microphone. It is a {@link VADProcessor}
 * without a model and sends the same frames.
 */
export class LevelVADProcessor extends VADProcessor {
  constructor(options: LevelVADOptions = {}) {
    super({
      name: "LevelVADProcessor",
      analyzer: new LevelVADAnalyzer(options.thresholdDb ?? -40),
      params: { confidence: 0.5, minVolume: 0, startMs: options.startMs ?? 60, stopMs: options.stopMs ?? 500 },
      ...(options.gapMs !== undefined && { gapMs: options.gapMs }),
    });
  }
}
