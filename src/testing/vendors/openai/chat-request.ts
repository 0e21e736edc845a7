import type { VendorRequest } from "../vendor-server.ts";
import { type FakeOpenAIError, invalidRequest } from "./openai-errors.ts";

/** A message as it arrives at the chat route. */
export interface FakeChatMessage {
  /** Author of the message. */
  readonly role: string;
  /** Text, or parts. */
  readonly content?: string | readonly { readonly type: string; readonly text?: string }[] | null;
  /** Calls that the message requests. */
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  /** Id of the call that the message answers. */
  readonly tool_call_id?: string;
}

/** A request for a chat completion. */
export interface FakeChatRequest {
  /** Name of the model. */
  readonly model: string;
  /** The conversation, oldest message first. */
  readonly messages: readonly FakeChatMessage[];
  /** Whether the answer is streamed. */
  readonly stream: boolean;
  /** The whole body. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The HTTP request that brought it. */
  readonly request: VendorRequest;
}

const ROLES: ReadonlySet<string> = new Set(["system", "developer", "user", "assistant", "tool"]);
const TOOL_NAME = /^[\w-]{1,64}$/;

/** Reads a body as the vendor does: returns the request, or the error that it is answered with. */
export function readChatRequest(request: VendorRequest): FakeChatRequest | FakeOpenAIError {
  let parsed: unknown;
  try {
    parsed = JSON.parse(request.body.toString("utf8"));
  } catch {
    return invalidRequest("We could not parse the JSON body of your request.");
  }
  const body = parsed as Readonly<Record<string, unknown>>;
  const { model, messages, stream = false } = body;
  if (typeof model !== "string" || model === "") return invalidRequest("you must provide a model parameter", "model");
  if (!Array.isArray(messages) || messages.length === 0)
    return invalidRequest("Missing required parameter: 'messages'.", "messages");
  const problem =
    findProblem(messages as readonly FakeChatMessage[]) ?? findToolProblem(body) ?? findRangeProblem(body);
  return problem ?? { model, messages: messages as readonly FakeChatMessage[], stream: stream === true, body, request };
}

/** The text of a message, without its images. */
export function textOf({ content }: FakeChatMessage): string {
  if (typeof content === "string") return content;
  return (content ?? []).map(({ text = "" }) => text).join("");
}

/** Every call needs its result right behind it, and every result its call. */
function findProblem(messages: readonly FakeChatMessage[]): FakeOpenAIError | undefined {
  let open = new Set<string>();
  for (const [at, message] of messages.entries()) {
    const param = `messages.[${at}].role`;
    if (!ROLES.has(message.role)) return invalidRequest(`Invalid value: '${message.role}'.`, param);
    if (message.role === "tool") {
      if (!open.delete(message.tool_call_id ?? "")) {
        const text = "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
        return invalidRequest(`Invalid parameter: ${text}`, param);
      }
      continue;
    }
    if (open.size > 0) return unanswered(open);
    open = new Set(message.tool_calls?.map(({ id }) => id));
    if (message.tool_calls?.length === 0)
      return invalidRequest(`Invalid 'messages[${at}].tool_calls': empty array.`, `messages[${at}].tool_calls`);
    if ((message.content ?? "") === "" && !message.tool_calls && message.content !== "")
      return invalidRequest(`Invalid value for 'content': expected a string, got null.`, `messages.[${at}].content`);
  }
  return open.size > 0 ? unanswered(open) : undefined;
}

function unanswered(ids: ReadonlySet<string>): FakeOpenAIError {
  const rule = "An assistant message with 'tool_calls' must be followed by tool messages responding to each";
  const which = `The following tool_call_ids did not have response messages: ${[...ids].join(", ")}`;
  return invalidRequest(`${rule} 'tool_call_id'. ${which}`, "messages");
}

function findToolProblem({ tools, tool_choice: choice }: FakeChatRequest["body"]): FakeOpenAIError | undefined {
  if (tools === undefined && choice !== undefined)
    return invalidRequest("Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.");
  if (tools === undefined) return undefined;
  const list = tools as readonly { readonly function?: { readonly name?: string; readonly parameters?: object } }[];
  if (list.length === 0) return invalidRequest("Invalid 'tools': empty array.", "tools");
  for (const [at, { function: fn }] of list.entries()) {
    const param = `tools[${at}].function.name`;
    if (!TOOL_NAME.test(fn?.name ?? "")) return invalidRequest(`Invalid '${param}': string does not match.`, param);
    if ((fn?.parameters as { readonly type?: string } | undefined)?.type !== "object")
      return invalidRequest(`Invalid schema for function '${fn?.name ?? ""}': schema must have type 'object'.`, param);
  }
  return undefined;
}

function findRangeProblem({ temperature, top_p: topP }: FakeChatRequest["body"]): FakeOpenAIError | undefined {
  if (typeof temperature === "number" && (temperature < 0 || temperature > 2))
    return invalidRequest("Invalid 'temperature': must be between 0 and 2.", "temperature");
  if (typeof topP === "number" && (topP < 0 || topP > 1))
    return invalidRequest("Invalid 'top_p': must be between 0 and 1.", "top_p");
  return undefined;
}
