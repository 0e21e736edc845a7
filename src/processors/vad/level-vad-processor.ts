import { levelDb } from "../../audio/index.ts";
import type { VADAnalyzer } from "./vad-analyzer.ts";
import { VADProcessor } from "./vad-processor.ts";

export interface LevelVADOptions {
  /** Louder than this, in dB below full scale, counts as speech. Default -40. */
  readonly thresholdDb?: number;
  /** Speech must last this long to begin. Default 60 ms. */
  readonly startMs?: number;
  /** Silence must last this long to end speech. Default 500 ms. */
  readonly stopMs?: number;
  /** Without any audio for this long (a muted microphone), speech is over. Default 1000 ms. */
  readonly gapMs?: number;
}

/** Certain of whatever is loud. */
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
    // Every block stands for itself.
  }

  close(): void {
    // Nothing is held.
  }
}

/**
 * Finds speech by loudness alone: enough for tests and demos, where the microphone is clean. A {@link VADProcessor}
 * without a model; the frames are the same.
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
