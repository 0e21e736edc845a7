import type { AvatarReason, AvatarState } from "./avatar.ts";
import { SystemFrame } from "./frame.ts";

/** Fields of every measurement. */
export interface MetricsBase {
  /** Name of the processor that measured it. */
  readonly processor: string;
  /** Model that the service used, if known. */
  readonly model?: string | undefined;
}

/** Number of tokens used for one answer of a model. */
export interface LLMTokenUsage {
  /** Tokens of the input. */
  readonly promptTokens: number;
  /** Tokens of the answer. */
  readonly completionTokens: number;
  /** Tokens of input and answer. */
  readonly totalTokens: number;
  /** Input tokens that the provider read from its cache. */
  readonly cacheReadInputTokens?: number | undefined;
  /** Input tokens that the provider wrote to its cache. */
  readonly cacheCreationInputTokens?: number | undefined;
  /** Tokens of the model's thoughts. */
  readonly reasoningTokens?: number | undefined;
}

/** A state of a transport's avatar that has ended. */
export interface AvatarMeasurement {
  /** The state that has ended. */
  readonly state: AvatarState["is"];
  /** How long it lasted, in milliseconds. */
  readonly valueMs: number;
  /** The state that follows. */
  readonly next: AvatarState["is"];
  /** Why the avatar does not speak in the state that follows; undefined where it does, or joins. */
  readonly reason?: AvatarReason | undefined;
}

/**
 * One measurement. The kinds are:
 *
 * - "ttfb": from the request to the first byte
 * - "ttfa": from the request to the first audible sample
 * - "ttfat": from the request to the first token of the answer
 * - "processing": duration of the work
 * - "textAggregation": from the first token to the first complete unit, such as a sentence
 * - "avatar": how long the state of a transport's avatar lasted that has just ended, and the state that follows
 * - "llmUsage", "ttsUsage", "sttUsage": tokens, characters and audio used
 */
export type MetricsData = MetricsBase &
  (
    | {
        /** What was measured. */
        readonly kind: "ttfb" | "ttfa" | "ttfat" | "processing" | "textAggregation";
        /** Duration in milliseconds. */
        readonly valueMs: number;
      }
    | ({ readonly kind: "avatar" } & AvatarMeasurement)
    | {
        readonly kind: "llmUsage";
        /** Tokens used for one answer. */
        readonly usage: LLMTokenUsage;
      }
    | {
        readonly kind: "ttsUsage";
        /** Number of characters sent to the provider. */
        readonly characters: number;
      }
    | {
        readonly kind: "sttUsage";
        /** Duration of the audio sent to the provider, in milliseconds. */
        readonly audioMs: number;
      }
  );

/** Measurements of processors. Travels downstream. */
export class MetricsFrame extends SystemFrame {
  readonly kind = "MetricsFrame";
  /** The measurements. */
  readonly data: readonly MetricsData[];

  constructor(data: readonly MetricsData[]) {
    super();
    this.data = data;
  }
}
