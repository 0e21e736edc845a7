import type { FilePart, JSONValue, ModelMessage, TextPart } from "ai";

import type { LLMMessage } from "../../frames/index.ts";

/** Data for one provider or several, by their names. */
export type ProviderData = Readonly<Record<string, Readonly<Record<string, JSONValue>>>>;

/** A conversation as the AI SDK takes it. */
export interface AiSdkPrompt {
  /** What the context begins with, from the roles "system" and "developer". */
  readonly instructions: string | undefined;
  readonly messages: ModelMessage[];
}

/**
 * Converts messages. The AI SDK has no role "developer", and not every provider takes instructions in the middle of a
 * conversation: those become messages of the user.
 *
 * @param providerData - Returns what the provider sent with a call of this id.
 */
export function toAiSdkPrompt(
  messages: readonly LLMMessage[],
  providerData: (toolCallId: string) => ProviderData | undefined,
): AiSdkPrompt {
  const isInstruction = ({ role }: LLMMessage): boolean => role === "system" || role === "developer";
  const first = messages.findIndex((message) => !isInstruction(message));
  const start = first < 0 ? messages.length : first;
  const instructions = messages.slice(0, start).map(({ content }) => toText(content));
  const names = new Map(messages.flatMap(({ toolCalls = [] }) => toolCalls.map(({ id, name }) => [id, name] as const)));
  return {
    instructions: instructions.length === 0 ? undefined : instructions.join("\n\n"),
    messages: messages.slice(start).flatMap((message) => toModelMessages(message, names, providerData)),
  };
}

function toModelMessages(
  { role, content, toolCalls = [], toolCallId = "" }: LLMMessage,
  names: ReadonlyMap<string, string>,
  providerData: (toolCallId: string) => ProviderData | undefined,
): ModelMessage[] {
  switch (role) {
    case "system":
    case "developer":
      return [{ role: "user", content: toText(content) }];
    case "user":
      return [{ role, content: typeof content === "string" ? content : content.map(toUserPart) }];
    case "tool": {
      const toolName = names.get(toolCallId) ?? "";
      const output = { type: "text", value: toText(content) } as const;
      return [{ role, content: [{ type: "tool-result", toolCallId, toolName, output }] }];
    }
    case "assistant": {
      const text = toText(content);
      const calls = toolCalls.map(({ id, name, arguments: input }) => {
        const providerOptions = providerData(id);
        const call = { type: "tool-call", toolCallId: id, toolName: name, input } as const;
        return providerOptions === undefined ? call : { ...call, providerOptions };
      });
      if (text === "" && calls.length === 0) return [];
      return [{ role, content: [...(text === "" ? [] : [{ type: "text", text } as const]), ...calls] }];
    }
  }
}

function toUserPart(part: Exclude<LLMMessage["content"], string>[number]): TextPart | FilePart {
  return part.type === "text" ? part : { type: "file", mediaType: part.mimeType, data: part.data };
}

/** Only users can show images: the other roles have text. */
function toText(content: LLMMessage["content"]): string {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : "[image]")).join("\n");
}
