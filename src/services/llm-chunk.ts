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
      /**
       * Why the call cannot be made, such as arguments that are no JSON. The function is not called: the model receives
       * this text as its result, so that it can call again, and the `error` event an InvalidArgumentsError.
       */
      readonly problem?: string | undefined;
    }
  /**
   * The model is at work on something that is passed on once it is complete, such as the arguments of a call. Ends the
   * time to first byte, and restarts `chunkTimeoutMs`.
   */
  | { readonly type: "progress" }
  | {
      readonly type: "usage";
      /** Tokens used for the answer. */
      readonly usage: LLMTokenUsage;
    };
