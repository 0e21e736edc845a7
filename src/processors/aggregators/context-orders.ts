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

/** What is left to do for a frame that was an order to the context. */
export interface ContextOrder {
  /** The model is to answer. */
  readonly run: boolean;
  /** Others need the frame as well. */
  readonly forward: boolean;
}

/** Whether the model is to answer at the end of it. */
export function ordersRun(frame: Frame): boolean {
  if (frame instanceof LLMRunFrame) return true;
  const changes =
    frame instanceof LLMMessagesAppendFrame ||
    frame instanceof LLMMessagesUpdateFrame ||
    frame instanceof LLMMessagesTransformFrame;
  return changes && frame.runLLM;
}

/** Does to the context what the frame says; undefined when it is no such frame. */
export function carryOut(frame: Frame, context: LLMContext): ContextOrder | undefined {
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
    // A model that hears and speaks by itself has its own copy of them.
    return { run: false, forward: true };
  }
  return undefined;
}
