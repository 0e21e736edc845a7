import { nearestRank } from "../util/nearest-rank.ts";

/**
 * The way from the user's last word to the bot's first, cut at what can be seen of it:
 *
 * - `vad`: until voice activity detection was sure of the silence
 * - `transcript`: until the last final transcript
 * - `turn`: until turn logic called the turn over
 * - `llm`: until the model's first token
 * - `tts`: until the first synthesised audio
 * - `output`: until that audio reached the output transport
 * - `playout`: until it was heard
 */
export const LATENCY_STAGES = ["vad", "transcript", "turn", "llm", "tts", "output", "playout"] as const;

export type LatencyStage = (typeof LATENCY_STAGES)[number];

/** How one answer came about. */
export interface LatencyBreakdown {
  /** Number of the answer, from 1. */
  readonly answer: number;
  /** When the user fell silent, on the pipeline's clock. */
  readonly userStoppedAtMs: number;
  /** From then until the bot was heard. */
  readonly totalMs: number;
  /**
   * How long each stage took, in the order in which they ended; together they are `totalMs`. A stage that cannot be seen in
   * a pipeline (no model, no VAD) is missing, and its time is part of the next.
   */
  readonly stages: Readonly<Partial<Record<LatencyStage, number>>>;
}

/** Percentiles of one duration. */
export interface LatencyPercentiles {
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

export interface LatencySummary extends LatencyPercentiles {
  /** User turns that got no answer before the user spoke again. */
  readonly unanswered: number;
  readonly stages: Readonly<Partial<Record<LatencyStage, LatencyPercentiles>>>;
}

function toPercentiles(values: readonly number[]): LatencyPercentiles {
  const sorted = values.toSorted((a, b) => a - b);
  return { count: sorted.length, p50Ms: nearestRank(sorted, 0.5) ?? 0, p95Ms: nearestRank(sorted, 0.95) ?? 0 };
}

export function summarize(breakdowns: readonly LatencyBreakdown[], unanswered: number): LatencySummary {
  const stages: Partial<Record<LatencyStage, LatencyPercentiles>> = {};
  for (const stage of LATENCY_STAGES) {
    const values = breakdowns.flatMap((breakdown) => breakdown.stages[stage] ?? []);
    if (values.length > 0) stages[stage] = toPercentiles(values);
  }
  return { ...toPercentiles(breakdowns.map(({ totalMs }) => totalMs)), unanswered, stages };
}
