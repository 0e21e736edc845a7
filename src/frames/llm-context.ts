/** A part of a message that is more than text. */
export type ContentPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image"; readonly data: Uint8Array; readonly mimeType: string };

/** A call as an assistant message records it. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** One message of a conversation, in the shape that most providers' own shapes can be made from. */
export interface LLMMessage {
  readonly role: "system" | "developer" | "user" | "assistant" | "tool";
  readonly content: string | readonly ContentPart[];
  /** On an assistant message: the calls it asked for. */
  readonly toolCalls?: readonly ToolCall[];
  /** On a tool message: the call it answers. */
  readonly toolCallId?: string;
  /** On an assistant message: the user barged in, and heard only this much of it. */
  readonly interrupted?: boolean;
}

/** A function the model may ask for. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export type ToolChoice = "auto" | "none" | "required" | { readonly name: string };

/** What the model is told: the conversation so far and the functions it may call. One object, shared by a bot's parts. */
export class LLMContext {
  #messages: LLMMessage[];
  tools: readonly ToolDefinition[];
  toolChoice: ToolChoice;

  constructor(
    messages: readonly LLMMessage[] = [],
    options: { readonly tools?: readonly ToolDefinition[]; readonly toolChoice?: ToolChoice } = {},
  ) {
    this.#messages = [...messages];
    this.tools = options.tools ?? [];
    this.toolChoice = options.toolChoice ?? "auto";
  }

  get messages(): readonly LLMMessage[] {
    return this.#messages;
  }

  add(...messages: readonly LLMMessage[]): void {
    this.#messages.push(...messages);
  }

  /** Adds a message right behind another one, or as the first; at the end if that other one is gone. */
  insertAfter(anchor: LLMMessage | undefined, message: LLMMessage): void {
    const at = anchor === undefined ? 0 : this.#messages.indexOf(anchor) + 1;
    this.#messages.splice(anchor !== undefined && at === 0 ? this.#messages.length : at, 0, message);
  }

  /** Replaces all messages, for example by shorter ones. */
  set(messages: readonly LLMMessage[]): void {
    this.#messages = [...messages];
  }

  /** Replaces the message that `find` accepts, the latest first; false when there is none. */
  replaceLast(find: (message: LLMMessage) => boolean, message: LLMMessage): boolean {
    const at = this.#messages.findLastIndex(find);
    if (at < 0) return false;
    this.#messages[at] = message;
    return true;
  }
}
