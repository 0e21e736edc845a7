import { ControlFrame, DataFrame } from "./frame.ts";
import type { LLMContext, LLMMessage, ToolChoice, ToolDefinition } from "./llm-context.ts";

/** A turn of the user that may be about to end. */
export interface TurnSpeculation {
  /** The frames that confirm or cancel it name it. */
  readonly id: number;
  /** What the user has said in it, which is not in the context yet. */
  readonly text: string;
}

/** Asks the model to answer this context. */
export class LLMContextFrame extends DataFrame {
  readonly kind = "LLMContextFrame";
  readonly context: LLMContext;
  /** The model is to answer ahead of time, and to hold the answer until the turn has ended. */
  readonly speculation: TurnSpeculation | undefined;

  constructor(context: LLMContext, options: { readonly speculation?: TurnSpeculation } = {}) {
    super();
    this.context = context;
    this.speculation = options.speculation;
  }
}

/** Wakes the model: the user aggregator answers with its context. */
export class LLMRunFrame extends DataFrame {
  readonly kind = "LLMRunFrame";
}

/** Adds messages to the context. */
export class LLMMessagesAppendFrame extends DataFrame {
  readonly kind = "LLMMessagesAppendFrame";
  readonly messages: readonly LLMMessage[];
  /** Whether the model is to answer at once. Default false. */
  readonly runLLM: boolean;

  constructor(messages: readonly LLMMessage[], options: { readonly runLLM?: boolean } = {}) {
    super();
    this.messages = messages;
    this.runLLM = options.runLLM ?? false;
  }
}

/** Replaces all messages of the context. */
export class LLMMessagesUpdateFrame extends DataFrame {
  readonly kind = "LLMMessagesUpdateFrame";
  readonly messages: readonly LLMMessage[];
  /** Whether the model is to answer at once. Default false. */
  readonly runLLM: boolean;

  constructor(messages: readonly LLMMessage[], options: { readonly runLLM?: boolean } = {}) {
    super();
    this.messages = messages;
    this.runLLM = options.runLLM ?? false;
  }
}

/** Changes the messages of the context by a function. */
export class LLMMessagesTransformFrame extends DataFrame {
  readonly kind = "LLMMessagesTransformFrame";
  readonly transform: (messages: readonly LLMMessage[]) => readonly LLMMessage[];
  /** Whether the model is to answer at once. Default false. */
  readonly runLLM: boolean;

  constructor(
    transform: (messages: readonly LLMMessage[]) => readonly LLMMessage[],
    options: { readonly runLLM?: boolean } = {},
  ) {
    super();
    this.transform = transform;
    this.runLLM = options.runLLM ?? false;
  }
}

/** Replaces the functions the model may call. */
export class LLMSetToolsFrame extends DataFrame {
  readonly kind = "LLMSetToolsFrame";
  readonly tools: readonly ToolDefinition[];

  constructor(tools: readonly ToolDefinition[]) {
    super();
    this.tools = tools;
  }
}

/** Says whether the model must, may or must not call functions. */
export class LLMSetToolChoiceFrame extends DataFrame {
  readonly kind = "LLMSetToolChoiceFrame";
  readonly toolChoice: ToolChoice;

  constructor(toolChoice: ToolChoice) {
    super();
    this.toolChoice = toolChoice;
  }
}

/** Has the LLMContextSummarizer of the pipeline summarise the context now, however short it is. */
export class LLMSummarizeContextFrame extends ControlFrame {
  readonly kind = "LLMSummarizeContextFrame";
}

/** From now on the model's text is spoken, or is not. */
export class LLMConfigureOutputFrame extends DataFrame {
  readonly kind = "LLMConfigureOutputFrame";
  readonly skipTTS: boolean;

  constructor(skipTTS: boolean) {
    super();
    this.skipTTS = skipTTS;
  }
}

/** The model's answer begins. */
export class LLMFullResponseStartFrame extends ControlFrame {
  readonly kind = "LLMFullResponseStartFrame";
  /** The answer is not to be spoken. Default false. */
  readonly skipTTS: boolean;

  constructor(options: { readonly skipTTS?: boolean } = {}) {
    super();
    this.skipTTS = options.skipTTS ?? false;
  }
}

/** The model's answer is complete, or its generation has failed. */
export class LLMFullResponseEndFrame extends ControlFrame {
  readonly kind = "LLMFullResponseEndFrame";
  readonly skipTTS: boolean;

  constructor(options: { readonly skipTTS?: boolean } = {}) {
    super();
    this.skipTTS = options.skipTTS ?? false;
  }
}

/** The model begins to think. */
export class LLMThoughtStartFrame extends ControlFrame {
  readonly kind = "LLMThoughtStartFrame";
}

/** What it thinks: neither spoken nor part of the answer. */
export class LLMThoughtTextFrame extends DataFrame {
  readonly kind = "LLMThoughtTextFrame";
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }
}

/** It has thought. */
export class LLMThoughtEndFrame extends ControlFrame {
  readonly kind = "LLMThoughtEndFrame";
}

/** Commits what the assistant aggregator has collected, where no answer of the model ends it. */
export class LLMAssistantPushAggregationFrame extends ControlFrame {
  readonly kind = "LLMAssistantPushAggregationFrame";
}

/** An assistant message was committed to the context at this time. Mostly an interruption's doing, so it survives one. */
export class LLMContextAssistantTimestampFrame extends DataFrame {
  readonly kind = "LLMContextAssistantTimestampFrame";
  override readonly uninterruptible = true;
  /** Milliseconds since 1970. */
  readonly timestampMs: number;

  constructor(timestampMs: number) {
    super();
    this.timestampMs = timestampMs;
  }
}

/**
 * The assistant's turn is over. Broadcast; survives the interruption that ended the turn. `text` is what was heard of it,
 * as it was committed to the context; empty when nothing was, and then the context has no message of it.
 */
export class LLMContextAssistantTurnFrame extends DataFrame {
  readonly kind = "LLMContextAssistantTurnFrame";
  override readonly uninterruptible = true;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly timestampMs: number;
  readonly interrupted: boolean;

  constructor(fields: { readonly text: string; readonly timestampMs: number; readonly interrupted?: boolean }) {
    super();
    this.text = fields.text;
    this.timestampMs = fields.timestampMs;
    this.interrupted = fields.interrupted ?? false;
  }
}
