import type { Frame, FrameDirection, LLMContext, LLMMessage, ToolDefinition } from "../../src/frames/index.ts";
import type { FrameProcessor } from "../../src/pipeline/index.ts";
import type { UserContextAggregatorOptions } from "../../src/processors/index.ts";
import type { DefinedFunction, FunctionOptions } from "../../src/services/index.ts";
import type { ScriptedAnswer, ScriptedTTSServiceOptions } from "../../src/testing/index.ts";

/** Something that happens, `at` so many milliseconds after the start. */
export type Step = { readonly at: number } & (
  | { readonly voice: "starts" | "stops" }
  /** Settled words. Default finalized: the service will send no more for this stretch of speech. */
  | { readonly transcript: string; readonly finalized?: boolean }
  | { readonly interim: string }
  /** The service thinks that the turn is about to end with these words. */
  | { readonly eager: string }
  /** Any frame, into the front of the pipeline, or upstream into its end. */
  | { readonly frame: () => Frame; readonly direction?: FrameDirection }
  | { readonly task: "ends" | "is cancelled" }
);

export interface ScenarioFunction extends FunctionOptions {
  readonly afterMs?: number;
  readonly returns?: unknown;
  readonly throws?: Error;
}

/** A situation a bot gets into, and how it must come out of it. */
export interface Scenario {
  readonly title: string;
  /** The pipeline is `[stt-less input, ...before, user, llm, ...between, tts, output, ...behind, assistant]`. */
  readonly bot: {
    /** By request; the last one answers all further ones. */
    readonly answers?: readonly ScriptedAnswer[];
    /** From the request to the first word. Default 100. */
    readonly modelLatencyMs?: number;
    readonly wordDelayMs?: number;
    readonly user?: () => UserContextAggregatorOptions;
    readonly voice?: Omit<ScriptedTTSServiceOptions, "sound" | "wordMs">;
    readonly functions?: Readonly<Record<string, ScenarioFunction>>;
    readonly tools?: readonly ToolDefinition[];
    readonly context?: readonly LLMMessage[];
    /** Functions from a schema; the model is told of them, too. */
    readonly defined?: readonly DefinedFunction[];
    /** Stands at the very end. */
    readonly summarizer?: (context: LLMContext) => FrameProcessor;
    readonly before?: () => readonly FrameProcessor[];
    readonly between?: (context: LLMContext) => readonly FrameProcessor[];
    readonly behind?: () => readonly FrameProcessor[];
  };
  readonly steps: readonly Step[];
  /** How long it is watched after the last step. Default 8000. */
  readonly watchMs?: number;
  readonly expect: {
    /**
     * The context in full: "user: text", "assistant: text", "assistant (interrupted): text", "call name {arguments}",
     * "tool: text".
     */
    readonly context: readonly string[];
    /** Requests to the model. */
    readonly requests: number;
    /** Last message of each request, in the form of `context`. */
    readonly asked?: readonly string[];
    /** What the voice was asked to say. */
    readonly spoken?: readonly string[];
    /** Words heard, those that belong to no context included. Default: the assistant's words of `context`. */
    readonly heard?: string;
    /** Events of the user aggregator: "starts", "stops: text", "timeout", "idle", "muted", "unmuted". */
    readonly turns?: readonly string[];
    /** Kinds of frames that leave at the end, in this order, with others between them. */
    readonly frames?: readonly string[];
    /** Kinds of frames that must not. */
    readonly never?: readonly string[];
    /** `code` of what was reported, or the message where it has none. Default: nothing. */
    readonly errors?: readonly string[];
    /** Milliseconds between which the first word is heard. */
    readonly firstWordMs?: readonly [from: number, to: number];
  };
}

/** The user says something: voice for so long, and a little later the words. */
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
