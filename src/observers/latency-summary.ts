import { nearestRank } from "../util/nearest-rank.ts";

/**
 * Stages from the user's last word to the bot's first, as far as an observer can see them:
 *
 * - `vad`: until voice activity detection was certain of the silence
 * - `transcript`: until the last final transcript
 * - `turn`: until turn logic ended the turn
 * - `llm`: until the model's first token
 * - `sentence`: until the first piece of the answer, usually a sentence, was complete and given to text-to-speech
 * - `tts`: until the first synthesised audio
 * - `output`: until that audio reached the output transport
 * - `playout`: until it was heard
 */
export const LATENCY_STAGES = ["vad", "transcript", "turn", "llm", "sentence", "tts", "output", "playout"] as const;

/** One of {@link LATENCY_STAGES}. */
export type LatencyStage = (typeof LATENCY_STAGES)[number];

/** Latency of one answer. */
export interface LatencyBreakdown {
  /** Number of the answer, from 1. */
  readonly answer: number;
  /** When the user fell silent, in milliseconds on the pipeline's clock. */
  readonly userStoppedAtMs: number;
  /** Time from then until the bot was heard, in milliseconds. */
  readonly totalMs: number;
  /**
   * Duration of each stage in milliseconds, in the order in which they ended. They add up to `totalMs`. A stage that
   * the pipeline does not have (no model, no VAD) is missing, and its time is part of the next stage.
   */
  readonly stages: Readonly<Partial<Record<LatencyStage, number>>>;
}

/** Percentiles of one duration. */
export interface LatencyPercentiles {
  /** Number of values. */
  readonly count: number;
  /** Median in milliseconds; 0 without values. */
  readonly p50Ms: number;
  /** 95th percentile in milliseconds; 0 without values. */
  readonly p95Ms: number;
}

/** Percentiles over the latest answers. */
export interface LatencySummary extends LatencyPercentiles {
  /** Number of user turns without an answer before the user spoke again. */
  readonly unanswered: number;
  /** Percentiles per stage. Stages that were never seen are missing. */
  readonly stages: Readonly<Partial<Record<LatencyStage, LatencyPercentiles>>>;
}

function toPercentiles(values: readonly number[]): LatencyPercentiles {
  const sorted = values.toSorted((a, b) => a - b);
  return { count: sorted.length, p50Ms: nearestRank(sorted, 0.5) ?? 0, p95Ms: nearestRank(sorted, 0.95) ?? 0 };
}

/** Computes the percentiles over these answers, in total and per stage. */
export function summarize(breakdowns: readonly LatencyBreakdown[], unanswered: number): LatencySummary {
  const stages: Partial<Record<LatencyStage, LatencyPercentiles>> = {};
  for (const stage of LATENCY_STAGES) {
    const values = breakdowns.flatMap((breakdown) => breakdown.stages[stage] ?? []);
    if (values.length > 0) stages[stage] = toPercentiles(values);
  }
  return { ...toPercentiles(breakdowns.map(({ totalMs }) => totalMs)), unanswered, stages };
}
