import type { ContentPart, LLMContext, LLMMessage, ToolChoice, ToolDefinition } from "../../frames/index.ts";

/** A message of OpenAI's chat completions. */
export type ChatMessage = Readonly<Record<string, unknown>> & { readonly role: string };

/** How messages of the role "developer" are sent: older models and most compatible servers do not know the role. */
export type DeveloperRole = "developer" | "system" | "user";

/** Converts the messages, functions and choice of a context to fields of a request. */
export function toChatFields(context: LLMContext, developerRole: DeveloperRole): Readonly<Record<string, unknown>> {
  const { messages, tools, toolChoice } = context;
  const converted = messages.flatMap((message) => toChatMessages(message, developerRole));
  // A choice without functions is refused.
  if (tools.length === 0) return { messages: converted };
  return { messages: converted, tools: tools.map(toChatTool), tool_choice: toChatToolChoice(toolChoice) };
}

function toChatMessages(message: LLMMessage, developerRole: DeveloperRole): readonly ChatMessage[] {
  const { role, content } = message;
  switch (role) {
    case "user":
      return [{ role, content: toUserContent(content) }];
    case "assistant":
      return toAssistantMessages(message);
    case "tool":
      return [{ role, content: toText(content), tool_call_id: message.toolCallId ?? "" }];
    case "developer":
      return [{ role: developerRole, content: toText(content) }];
    case "system":
      return [{ role, content: toText(content) }];
  }
}

function toAssistantMessages({ content, toolCalls = [] }: LLMMessage): readonly ChatMessage[] {
  const text = toText(content);
  if (toolCalls.length === 0) return text === "" ? [] : [{ role: "assistant", content: text }];
  const calls = toolCalls.map(({ id, name, arguments: args }) => ({
    id,
    type: "function",
    function: { name, arguments: JSON.stringify(args) },
  }));
  return [{ role: "assistant", ...(text !== "" && { content: text }), tool_calls: calls }];
}

/** Text stays a string, since some compatible servers know no parts. */
function toUserContent(content: LLMMessage["content"]): string | readonly object[] {
  if (typeof content === "string" || content.every(({ type }) => type === "text")) return toText(content);
  return content.map((part) =>
    part.type === "text"
      ? { type: "text", text: part.text }
      : { type: "image_url", image_url: { url: toDataUrl(part) } },
  );
}

/** Only users can show images: the other roles have text. */
function toText(content: LLMMessage["content"]): string {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : "[image]")).join("\n");
}

function toDataUrl({ data, mimeType }: Extract<ContentPart, { readonly type: "image" }>): string {
  const { buffer, byteOffset, byteLength } = data;
  return `data:${mimeType};base64,${Buffer.from(buffer, byteOffset, byteLength).toString("base64")}`;
}

function toChatTool({ name, description, parameters }: ToolDefinition): object {
  return { type: "function", function: { name, description, parameters } };
}

function toChatToolChoice(choice: ToolChoice): string | object {
  return typeof choice === "string" ? choice : { type: "function", function: { name: choice.name } };
}
