import type { LLMMessage } from "../../frames/index.ts";

/** The usual rule of thumb: a token has 4 characters. */
const CHARS_PER_TOKEN = 4;
/** Role and structure of a message. */
const TOKENS_PER_MESSAGE = 10;
/** A picture, whatever its size; services count them by their own rules. */
const TOKENS_PER_IMAGE = 500;

/** About how many tokens a model reads. */
export function estimateTokens(messages: readonly LLMMessage[]): number {
  return messages.reduce((sum, message) => sum + TOKENS_PER_MESSAGE + contentTokens(message), 0);
}

/**
 * The messages that a summary may replace: all but a system message at the beginning and the latest `keep`, in one piece.
 * A function call is never divided from its result, and one that still runs is not summarised.
 */
export function messagesToSummarize(messages: readonly LLMMessage[], keep: number): readonly LLMMessage[] {
  const first = messages[0]?.role === "system" ? 1 : 0;
  const open = messages.findIndex(({ role, content }) => role === "tool" && content === "IN_PROGRESS");
  let end = Math.max(first, messages.length - keep);
  if (open >= 0) end = Math.min(end, open);
  // What is kept must not begin with the result of a call, nor the rest end with a call without one.
  while (end > first && divides(messages, end)) end--;
  return messages.slice(first, end);
}

/** As a model reads it that is asked for a summary. */
export function toTranscript(messages: readonly LLMMessage[]): string {
  return messages.flatMap(toLines).join("\n");
}

function divides(messages: readonly LLMMessage[], end: number): boolean {
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

function contentTokens({ content, toolCalls = [] }: LLMMessage): number {
  const parts =
    typeof content === "string" ? [content] : content.map((part) => ("text" in part ? part.text : undefined));
  const texts = [...parts, ...toolCalls.map((call) => JSON.stringify(call))];
  return texts.reduce(
    (sum, text) => sum + (text === undefined ? TOKENS_PER_IMAGE : Math.ceil(text.length / CHARS_PER_TOKEN)),
    0,
  );
}
