import type { LLMTokenUsage } from "../frames/index.ts";

/** A piece of a model's answer, as it streams in. */
export type LLMChunk =
  | { readonly type: "text"; readonly text: string }
  /** What the model thinks; neither spoken nor part of the answer. */
  | { readonly type: "thought"; readonly text: string }
  /** A call that is complete, arguments and all. */
  | {
      readonly type: "toolCall";
      readonly id: string;
      readonly name: string;
      readonly arguments: Readonly<Record<string, unknown>>;
    }
  | { readonly type: "usage"; readonly usage: LLMTokenUsage };
