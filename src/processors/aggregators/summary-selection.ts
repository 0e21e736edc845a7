import type { LLMMessage } from "../../frames/index.ts";

/** The usual rule of thumb: a token has 4 characters. */
const CHARS_PER_TOKEN = 4;
/** Estimate for the role and structure of a message. */
const TOKENS_PER_MESSAGE = 10;
/** Estimate for an image of any size; services count images by their own rules. */
const TOKENS_PER_IMAGE = 500;

/** Estimates how many tokens the messages have. */
export function estimateTokens(messages: readonly LLMMessage[]): number {
  return messages.reduce((sum, message) => sum + TOKENS_PER_MESSAGE + estimateContentTokens(message), 0);
}

/**
 * Returns the messages that a summary may replace: a contiguous run without a system message at the beginning and
 * without the latest `keep` messages. A function call is never separated from its result, and a running one is not
 * summarised.
 */
export function selectMessagesToSummarize(messages: readonly LLMMessage[], keep: number): readonly LLMMessage[] {
  const first = messages[0]?.role === "system" ? 1 : 0;
  const open = messages.findIndex(({ role, content }) => role === "tool" && content === "IN_PROGRESS");
  let end = Math.max(first, messages.length - keep);
  if (open >= 0) end = Math.min(end, open);
  // The kept messages must not begin with the result of a call that is summarised.
  while (end > first && separatesCall(messages, end)) end--;
  return messages.slice(first, end);
}

/** Formats messages for the model that writes the summary. */
export function toTranscript(messages: readonly LLMMessage[]): string {
  return messages.flatMap(toLines).join("\n");
}

function separatesCall(messages: readonly LLMMessage[], end: number): boolean {
  const calls = new Set(messages.slice(0, end).flatMap(({ toolCalls = [] }) => toolCalls.map(({ id }) => id)));
  return messages.slice(end).some(({ toolCallId }) => toolCallId !== undefined && calls.has(toolCallId));
}

function toLines({ role, content, toolCalls = [], interrupted }: LLMMessage): string[] {
  const calls = toolCalls.map(({ name, arguments: args }) => `assistant calls ${name}(${JSON.stringify(args)})`);
  const text =
    typeof content === "string" ? content : content.map((part) => ("text" in part ? part.text : "[picture]")).join(" ");
  if (text === "") return calls;
  return [`${role === "tool" ? "result" : role}: ${text}${interrupted === true ? " [interrupted]" : ""}`, ...calls];
}

function estimateContentTokens({ content, toolCalls = [] }: LLMMessage): number {
  const parts =
    typeof content === "string" ? [content] : content.map((part) => ("text" in part ? part.text : undefined));
  const texts = [...parts, ...toolCalls.map((call) => JSON.stringify(call))];
  return texts.reduce(
    (sum, text) => sum + (text === undefined ? TOKENS_PER_IMAGE : Math.ceil(text.length / CHARS_PER_TOKEN)),
    0,
  );
}
