import { ControlFrame, DataFrame } from "./frame.ts";
import type { LLMContext, LLMMessage, ToolChoice, ToolDefinition } from "./llm-context.ts";

/** A user turn that may be about to end. */
export interface TurnSpeculation {
  /** Id that the frames which confirm or cancel the turn refer to. */
  readonly id: number;
  /** What the user has said in the turn; it is not in the context yet. */
  readonly text: string;
}

/** Asks the model to answer a context. */
export class LLMContextFrame extends DataFrame {
  readonly kind = "LLMContextFrame";
  /** The context to answer. */
  readonly context: LLMContext;
  /** If set, the model answers ahead of time, and its service holds the answer until the turn has ended. */
  readonly speculation: TurnSpeculation | undefined;

  constructor(context: LLMContext, options: { readonly speculation?: TurnSpeculation } = {}) {
    super();
    this.context = context;
    this.speculation = options.speculation;
  }
}

/** Runs the model: the user aggregator sends its context. */
export class LLMRunFrame extends DataFrame {
  readonly kind = "LLMRunFrame";
}

/** Adds messages to the context. */
export class LLMMessagesAppendFrame extends DataFrame {
  readonly kind = "LLMMessagesAppendFrame";
  /** Messages to add. */
  readonly messages: readonly LLMMessage[];
  /** Whether the model answers at once. Default false. */
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
  /** The new messages. */
  readonly messages: readonly LLMMessage[];
  /** Whether the model answers at once. Default false. */
  readonly runLLM: boolean;

  constructor(messages: readonly LLMMessage[], options: { readonly runLLM?: boolean } = {}) {
    super();
    this.messages = messages;
    this.runLLM = options.runLLM ?? false;
  }
}

/** Changes the messages of the context with a function. */
export class LLMMessagesTransformFrame extends DataFrame {
  readonly kind = "LLMMessagesTransformFrame";
  /** Returns the new messages for the current ones. */
  readonly transform: (messages: readonly LLMMessage[]) => readonly LLMMessage[];
  /** Whether the model answers at once. Default false. */
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

/** Replaces the functions that the model may call. */
export class LLMSetToolsFrame extends DataFrame {
  readonly kind = "LLMSetToolsFrame";
  /** The new functions. */
  readonly tools: readonly ToolDefinition[];

  constructor(tools: readonly ToolDefinition[]) {
    super();
    this.tools = tools;
  }
}

/** Sets whether the model may, must or must not call functions. */
export class LLMSetToolChoiceFrame extends DataFrame {
  readonly kind = "LLMSetToolChoiceFrame";
  /** The new choice. */
  readonly toolChoice: ToolChoice;

  constructor(toolChoice: ToolChoice) {
    super();
    this.toolChoice = toolChoice;
  }
}

/** Asks the LLMContextSummarizer of the pipeline to summarise the context now, however short it is. */
export class LLMSummarizeContextFrame extends ControlFrame {
  readonly kind = "LLMSummarizeContextFrame";
}

/** Switches speech of the model's text on or off from now on. */
export class LLMConfigureOutputFrame extends DataFrame {
  readonly kind = "LLMConfigureOutputFrame";
  /** True to stop speaking the model's text. */
  readonly skipTTS: boolean;

  constructor(skipTTS: boolean) {
    super();
    this.skipTTS = skipTTS;
  }
}

/** The model's answer starts; its text follows. */
export class LLMFullResponseStartFrame extends ControlFrame {
  readonly kind = "LLMFullResponseStartFrame";
  /** Whether the answer is not spoken. Default false. */
  readonly skipTTS: boolean;

  constructor(options: { readonly skipTTS?: boolean } = {}) {
    super();
    this.skipTTS = options.skipTTS ?? false;
  }
}

/** The model's answer is complete, or its generation has failed. */
export class LLMFullResponseEndFrame extends ControlFrame {
  readonly kind = "LLMFullResponseEndFrame";
  /** Whether the answer is not spoken. Default false. */
  readonly skipTTS: boolean;

  constructor(options: { readonly skipTTS?: boolean } = {}) {
    super();
    this.skipTTS = options.skipTTS ?? false;
  }
}

/** The model starts thinking. */
export class LLMThoughtStartFrame extends ControlFrame {
  readonly kind = "LLMThoughtStartFrame";
}

/** A piece of the model's thoughts: neither spoken nor part of the answer. */
export class LLMThoughtTextFrame extends DataFrame {
  readonly kind = "LLMThoughtTextFrame";
  /** The piece of text. */
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }
}

/** The model has finished thinking. */
export class LLMThoughtEndFrame extends ControlFrame {
  readonly kind = "LLMThoughtEndFrame";
}

/** Commits the text that the assistant aggregator has collected, for text that no end of an answer follows. */
export class LLMAssistantPushAggregationFrame extends ControlFrame {
  readonly kind = "LLMAssistantPushAggregationFrame";
}

/**
 * An assistant message was committed to the context at this time. Survives interruptions, because an interruption is
 * what usually commits the message.
 */
export class LLMContextAssistantTimestampFrame extends DataFrame {
  readonly kind = "LLMContextAssistantTimestampFrame";
  override readonly uninterruptible = true;
  /** When it was committed, in milliseconds since 1970. */
  readonly timestampMs: number;

  constructor(timestampMs: number) {
    super();
    this.timestampMs = timestampMs;
  }
}

/** The assistant's turn is over. Broadcast; survives the interruption that ended the turn. */
export class LLMContextAssistantTurnFrame extends DataFrame {
  readonly kind = "LLMContextAssistantTurnFrame";
  override readonly uninterruptible = true;
  /**
   * What was heard of the turn, as committed to the context. Empty if nothing was heard; the context then has no
   * message.
   */
  readonly text: string;
  /** When it was committed, in milliseconds since 1970. */
  readonly timestampMs: number;
  /** Whether an interruption ended the turn. Default false. */
  readonly interrupted: boolean;
  /**
   * Whether the place at which `text` was cut is an estimate, because the voice does not report when it says which word.
   * Default false.
   */
  readonly estimated: boolean;

  constructor(fields: {
    readonly text: string;
    readonly timestampMs: number;
    readonly interrupted?: boolean;
    readonly estimated?: boolean;
  }) {
    super();
    this.text = fields.text;
    this.timestampMs = fields.timestampMs;
    this.interrupted = fields.interrupted ?? false;
    this.estimated = fields.estimated ?? false;
  }
}
