import { SystemFrame } from "./frame.ts";

interface MetricsBase {
  /** Name of the processor that measured it. */
  readonly processor: string;
  readonly model?: string | undefined;
}

/** Tokens of one answer of a model. */
export interface LLMTokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  readonly cacheReadInputTokens?: number | undefined;
  readonly cacheCreationInputTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
}

/**
 * One measurement. "ttfb": request to first byte; "ttfa": request to the first audible sample; "ttfat": request to the
 * first token of the answer; "processing": how long the work took; "textAggregation": first token to first whole unit.
 */
export type MetricsData = MetricsBase &
  (
    | { readonly kind: "ttfb" | "ttfa" | "ttfat" | "processing" | "textAggregation"; readonly valueMs: number }
    | { readonly kind: "llmUsage"; readonly usage: LLMTokenUsage }
    | { readonly kind: "ttsUsage"; readonly characters: number }
    | { readonly kind: "sttUsage"; readonly audioMs: number }
  );

/** What processors measured; travels downstream. */
export class MetricsFrame extends SystemFrame {
  readonly kind = "MetricsFrame";
  readonly data: readonly MetricsData[];

  constructor(data: readonly MetricsData[]) {
    super();
    this.data = data;
  }
}
