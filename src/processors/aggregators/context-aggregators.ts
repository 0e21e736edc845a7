import type { LLMContext } from "../../frames/index.ts";
import { AssistantContextAggregator } from "./assistant-context-aggregator.ts";
import { UserContextAggregator, type UserContextAggregatorOptions } from "./user-context-aggregator.ts";

/** The two processors that keep a context. */
export interface ContextAggregators {
  /** Belongs between speech-to-text and the model. */
  readonly user: UserContextAggregator;
  /** Belongs behind the output transport. */
  readonly assistant: AssistantContextAggregator;
}

/**
 * Creates the two processors that keep a context. Their places in a pipeline: `[input, vad, stt, user, llm, tts,
 * output, assistant]`.
 *
 * @throws InvalidOptionError for options that are out of range.
 */
export function createContextAggregators(
  context: LLMContext,
  options: UserContextAggregatorOptions = {},
): ContextAggregators {
  return {
    user: new UserContextAggregator(context, options, { hasAssistant: true }),
    assistant: new AssistantContextAggregator(context),
  };
}
