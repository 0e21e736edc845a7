import type { FakeOpenAIError } from "./openai-errors.ts";

/** A function call in a reply. */
export interface FakeToolCall {
  /** Name of the function. */
  readonly name: string;
  /** The arguments, or the text that is sent in their place. Default `{}`. */
  readonly arguments?: object | string;
  /** Default: an id of its own. Null: the server sends none, as some compatible servers do. */
  readonly id?: string | null;
}

/** Why the model stopped. */
export type FakeFinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "function_call";

/** A part of a reply. A string is text, streamed token by token. */
export type FakeChatPart =
  | string
  | {
      /** Thoughts, as compatible servers send them in `reasoning_content`. */
      readonly reasoning: string;
    }
  | {
      /** Why the model does not answer. */
      readonly refusal: string;
    }
  | {
      /** Function calls, with their arguments in pieces. */
      readonly toolCalls: readonly FakeToolCall[];
      /** Whether each chunk has a fragment of every call, as some compatible servers do. Default: one after the other. */
      readonly together?: boolean;
    }
  | {
      /** A pause, in milliseconds. */
      readonly waitMs: number;
    }
  | {
      /** JSON in the place of a chunk, such as `{ error: { … } }` in the middle of a stream. */
      readonly chunk: object;
    }
  | {
      /** How the stream ends. Default: "tool_calls" behind calls, else "stop". Null: it ends without a reason. */
      readonly finish: FakeFinishReason | null;
    };

/** A reply: text, an error, or parts in order. */
export type FakeChatReply = string | FakeOpenAIError | readonly FakeChatPart[];

/** A choice of a chunk, or a pause before the next. */
export type ChatStep =
  | { readonly delta: object; readonly finish: FakeFinishReason | null }
  | { readonly waitMs: number }
  | { readonly chunk: object };

/** About as long as the pieces of JSON that the vendor streams. */
const ARGUMENT_PIECE_CHARS = 6;
let calls = 0;

/** Splits text about as the vendor's tokens do. */
export function splitTokens(text: string): readonly string[] {
  return text.match(/\s*[\p{L}\p{N}]+|\s*[^\s\p{L}\p{N}]|\s+/gu) ?? [];
}

/** The steps of a streamed reply, from the first chunk with the role to the one with the finish reason. */
export function* streamSteps(parts: readonly FakeChatPart[]): Generator<ChatStep> {
  let finish: FakeFinishReason | null = "stop";
  yield step({ role: "assistant", content: "", refusal: null });
  for (const part of parts) {
    if (typeof part === "string") {
      for (const content of splitTokens(part)) yield step({ content });
    } else if ("reasoning" in part) {
      for (const text of splitTokens(part.reasoning)) yield step({ reasoning_content: text });
    } else if ("refusal" in part) {
      for (const refusal of splitTokens(part.refusal)) yield step({ refusal });
    } else if ("toolCalls" in part) {
      finish = "tool_calls";
      const fragments = part.toolCalls.map(toFragments);
      const ordered = part.together === true ? zip(fragments) : fragments.flat().map((fragment) => [fragment]);
      for (const fragmentsOfChunk of ordered) yield step({ tool_calls: fragmentsOfChunk });
    } else if ("finish" in part) {
      ({ finish } = part);
    } else {
      yield part;
    }
  }
  if (finish !== null) yield { delta: {}, finish };
}

function step(delta: object): ChatStep {
  return { delta, finish: null };
}

/** The id and the name are in the first fragment only; the arguments follow in pieces. */
function toFragments({ id, name, arguments: args = {} }: FakeToolCall, index: number): readonly object[] {
  const text = typeof args === "string" ? args : JSON.stringify(args);
  const pieces = text.match(new RegExp(`[^]{1,${ARGUMENT_PIECE_CHARS}}`, "gu")) ?? [];
  const head = { index, ...(id !== null && { id: id ?? newCallId() }), type: "function" };
  return [
    { ...head, function: { name, arguments: "" } },
    ...pieces.map((piece) => ({ index, function: { arguments: piece } })),
  ];
}

function newCallId(): string {
  calls++;
  return `call_fake${String(calls).padStart(8, "0")}`;
}

/** The first of each list, then the second of each, until all are used up. */
function zip<T>(lists: readonly (readonly T[])[]): readonly T[][] {
  const length = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1)));
}
