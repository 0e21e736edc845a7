import type { LLMContext } from "../../frames/index.ts";
import { AssistantContextAggregator } from "./assistant-context-aggregator.ts";
import { UserContextAggregator, type UserContextAggregatorOptions } from "./user-context-aggregator.ts";

export interface ContextAggregators {
  /** Between speech-to-text and the model. */
  readonly user: UserContextAggregator;
  /** Behind the output transport. */
  readonly assistant: AssistantContextAggregator;
}

/**
 * The two processors that keep a context: `[input, vad, stt, user, llm, tts, output, assistant]`.
 *
 * @throws InvalidOptionError for options outside their range.
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
