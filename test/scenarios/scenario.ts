import type { Frame, FrameDirection, LLMContext, LLMMessage, ToolDefinition } from "../../src/frames/index.ts";
import type { FrameProcessor } from "../../src/pipeline/index.ts";
import type { UserContextAggregatorOptions } from "../../src/processors/index.ts";
import type { DefinedFunction, FunctionOptions } from "../../src/services/index.ts";
import type { ScriptedAnswer, ScriptedTTSServiceOptions } from "../../src/testing/index.ts";

/** Something that happens `at` this many milliseconds after the start. */
export type Step = { readonly at: number } & (
  | { readonly voice: "starts" | "stops" }
  /** A final transcript. Finalized by default: the service sends no more for this stretch of speech. */
  | { readonly transcript: string; readonly finalized?: boolean }
  | { readonly interim: string }
  /** The service predicts that the turn is about to end with these words. */
  | { readonly eager: string }
  /** Any frame, queued downstream at the front of the pipeline or upstream at its end. */
  | { readonly frame: () => Frame; readonly direction?: FrameDirection }
  | { readonly task: "ends" | "is cancelled" }
);

export interface ScenarioFunction extends FunctionOptions {
  readonly afterMs?: number;
  readonly returns?: unknown;
  readonly throws?: Error;
}

/** A situation of a bot, and its required outcome. */
export interface Scenario {
  readonly title: string;
  /** The pipeline is `[stt-less input, ...before, user, llm, ...between, tts, output, ...behind, assistant]`. */
  readonly bot: {
    /** Answers by request; the last one serves all further requests. */
    readonly answers?: readonly ScriptedAnswer[];
    /** Time from the request to the first word, in milliseconds. Default 100. */
    readonly modelLatencyMs?: number;
    readonly wordDelayMs?: number;
    readonly user?: () => UserContextAggregatorOptions;
    readonly voice?: Omit<ScriptedTTSServiceOptions, "sound" | "wordMs">;
    readonly functions?: Readonly<Record<string, ScenarioFunction>>;
    readonly tools?: readonly ToolDefinition[];
    readonly context?: readonly LLMMessage[];
    /** Functions from a schema; they are added to the context's tools. */
    readonly defined?: readonly DefinedFunction[];
    /** Last processor of the pipeline. */
    readonly summarizer?: (context: LLMContext) => FrameProcessor;
    readonly before?: () => readonly FrameProcessor[];
    readonly between?: (context: LLMContext) => readonly FrameProcessor[];
    readonly behind?: () => readonly FrameProcessor[];
  };
  readonly steps: readonly Step[];
  /** How long the scenario continues after the last step, in milliseconds. Default 8000. */
  readonly watchMs?: number;
  readonly expect: {
    /**
     * The context in full: "user: text", "assistant: text", "assistant (interrupted): text", "call name {arguments}",
     * "tool: text".
     */
    readonly context: readonly string[];
    /** Number of requests to the model. */
    readonly requests: number;
    /** Last message of each request, in the form of `context`. */
    readonly asked?: readonly string[];
    /** Texts that the voice was asked to say. */
    readonly spoken?: readonly string[];
    /** Words heard, including those outside the context. Default: the assistant's words in `context`. */
    readonly heard?: string;
    /** Events of the user aggregator: "starts", "stops: text", "timeout", "idle", "muted", "unmuted". */
    readonly turns?: readonly string[];
    /** Kinds of frames that leave at the end, in this order, with others between them. */
    readonly frames?: readonly string[];
    /** Kinds of frames that must not leave. */
    readonly never?: readonly string[];
    /** `code` of each reported error, or its message if it has none. Default: none. */
    readonly errors?: readonly string[];
    /** Earliest and latest time of the first word, in milliseconds. */
    readonly firstWordMs?: readonly [from: number, to: number];
  };
}

/** The user says something: voice activity, and a little later the words. */
export function says(at: number, text: string, { forMs = 600, wordsAfterMs = 150 } = {}): Step[] {
  return [
    { at, voice: "starts" },
    { at: at + forMs, voice: "stops" },
    { at: at + forMs + wordsAfterMs, transcript: text },
  ];
}

/** A sound without words. */
export function coughs(at: number, forMs = 300): Step[] {
  return [
    { at, voice: "starts" },
    { at: at + forMs, voice: "stops" },
  ];
}
