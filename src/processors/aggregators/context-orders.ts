import {
  type Frame,
  type LLMContext,
  LLMMessagesAppendFrame,
  LLMMessagesTransformFrame,
  LLMMessagesUpdateFrame,
  LLMRunFrame,
  LLMSetToolChoiceFrame,
  LLMSetToolsFrame,
} from "../../frames/index.ts";

/** What remains to be done after a frame has changed the context. */
export interface ContextChange {
  /** Whether the model must answer. */
  readonly run: boolean;
  /** Whether other processors need the frame too. */
  readonly forward: boolean;
}

/** Whether the frame requests an answer of the model. */
export function requestsRun(frame: Frame): boolean {
  if (frame instanceof LLMRunFrame) return true;
  const changes =
    frame instanceof LLMMessagesAppendFrame ||
    frame instanceof LLMMessagesUpdateFrame ||
    frame instanceof LLMMessagesTransformFrame;
  return changes && frame.runLLM;
}

/** Applies the frame to the context. Returns undefined if the frame does not change or run a context. */
export function applyToContext(frame: Frame, context: LLMContext): ContextChange | undefined {
  if (frame instanceof LLMRunFrame) return { run: true, forward: false };
  if (frame instanceof LLMMessagesAppendFrame) {
    context.add(...frame.messages);
    return { run: frame.runLLM, forward: false };
  }
  if (frame instanceof LLMMessagesUpdateFrame) {
    context.set(frame.messages);
    return { run: frame.runLLM, forward: false };
  }
  if (frame instanceof LLMMessagesTransformFrame) {
    context.set(frame.transform(context.messages));
    return { run: frame.runLLM, forward: false };
  }
  if (frame instanceof LLMSetToolChoiceFrame) {
    context.toolChoice = frame.toolChoice;
    return { run: false, forward: false };
  }
  if (frame instanceof LLMSetToolsFrame) {
    context.tools = frame.tools;
    // A realtime model keeps its own copy of the tools.
    return { run: false, forward: true };
  }
  return undefined;
}
