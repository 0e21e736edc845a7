import type { LLMTokenUsage } from "../frames/index.ts";

/** A piece of a model's answer, as it streams in. */
export type LLMChunk =
  | {
      readonly type: "text";
      /** A piece of the answer, with its own spaces. */
      readonly text: string;
    }
  /** A piece of the model's thoughts: neither spoken nor part of the answer. */
  | {
      readonly type: "thought";
      /** The piece of text. */
      readonly text: string;
    }
  /** A complete function call, including its arguments. */
  | {
      readonly type: "toolCall";
      /** Id of the call, unique in the context. */
      readonly id: string;
      /** Name of the function. */
      readonly name: string;
      /** Parsed arguments of the call. */
      readonly arguments: Readonly<Record<string, unknown>>;
    }
  | {
      readonly type: "usage";
      /** Tokens used for the answer. */
      readonly usage: LLMTokenUsage;
    };
