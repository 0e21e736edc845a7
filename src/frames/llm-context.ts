/** A part of a message: text, or an image as file bytes with its MIME type. */
export type ContentPart =
  | {
      readonly type: "text";
      /** The text. */
      readonly text: string;
    }
  | {
      readonly type: "image";
      /** Bytes of the image file. */
      readonly data: Uint8Array;
      /** MIME type of the file, such as "image/png". */
      readonly mimeType: string;
    };

/** A function call as an assistant message records it. */
export interface ToolCall {
  /** Id of the call, unique in the context. */
  readonly id: string;
  /** Name of the function. */
  readonly name: string;
  /** Parsed arguments of the call. */
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** One message of a conversation, in a neutral form that services convert to their provider's. */
export interface LLMMessage {
  /** Author of the message. */
  readonly role: "system" | "developer" | "user" | "assistant" | "tool";
  /** Text, or parts of text and images. */
  readonly content: string | readonly ContentPart[];
  /** On an assistant message: the function calls it requests. */
  readonly toolCalls?: readonly ToolCall[];
  /** On a tool message: id of the call it answers. */
  readonly toolCallId?: string;
  /** On an assistant message: whether the user barged in and heard only this much of it. */
  readonly interrupted?: boolean;
  /**
   * On an interrupted message: whether the last words are an estimate, because the voice does not report when it says
   * which word. A few words more or fewer may have been heard.
   */
  readonly estimated?: boolean;
}

/** A function that the model may call. */
export interface ToolDefinition {
  /** Name of the function. */
  readonly name: string;
  /** Description for the model: what the function does and when to call it. */
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Whether the model may ("auto"), may not ("none") or must ("required") call functions, or which one it must call. */
export type ToolChoice =
  | "auto"
  | "none"
  | "required"
  | {
      /** Name of the function that the model must call. */
      readonly name: string;
    };

/** The model's input: the conversation so far and the functions it may call. The parts of a bot share one object. */
export class LLMContext {
  #messages: LLMMessage[];
  /** Functions that the model may call. Default none. */
  tools: readonly ToolDefinition[];
  /** Whether the model may or must call functions. Default "auto". */
  toolChoice: ToolChoice;

  constructor(
    /** All messages, oldest first. */
    messages: readonly LLMMessage[] = [],
    options: { readonly tools?: readonly ToolDefinition[]; readonly toolChoice?: ToolChoice } = {},
  ) {
    this.#messages = [...messages];
    this.tools = options.tools ?? [];
    this.toolChoice = options.toolChoice ?? "auto";
  }

  /** All messages, oldest first. Change them through the methods. */
  get messages(): readonly LLMMessage[] {
    return this.#messages;
  }

  /** Adds messages at the end. */
  add(...messages: readonly LLMMessage[]): void {
    this.#messages.push(...messages);
  }

  /**
   * Adds a message right after `anchor`, first if `anchor` is undefined, or last if `anchor` is no longer in the
   * context.
   */
  insertAfter(anchor: LLMMessage | undefined, message: LLMMessage): void {
    const at = anchor === undefined ? 0 : this.#messages.indexOf(anchor) + 1;
    this.#messages.splice(anchor !== undefined && at === 0 ? this.#messages.length : at, 0, message);
  }

  /** Replaces all messages, for example by a summary. */
  set(messages: readonly LLMMessage[]): void {
    this.#messages = [...messages];
  }

  /** Replaces the latest message that `find` accepts. Returns false if there is none. */
  replaceLast(find: (message: LLMMessage) => boolean, message: LLMMessage): boolean {
    const at = this.#messages.findLastIndex(find);
    if (at < 0) return false;
    this.#messages[at] = message;
    return true;
  }
}
