import type { LLMMessage } from "../../frames/index.ts";

/**
 * Describes in the context a call that continues while the conversation goes on. The fields are those of Pipecat's
 * async tool messages, so that prompts written for those work here too.
 */
function formatContent(
  status: "running" | "finished",
  toolCallId: string,
  description: string,
  result?: string,
): string {
  return JSON.stringify({ type: "async_tool", status, tool_call_id: toolCallId, description, result });
}

/** Answers the call itself: providers require an answer right after every call. */
export function createAsyncCallStarted(toolCallId: string): LLMMessage {
  const description = "The function is still running. Its result comes later. Do not guess it and do not call again.";
  return { role: "tool", content: formatContent("running", toolCallId, description), toolCallId };
}

/** Adds a result of a running call, intermediate or final. */
export function createAsyncCallResult(toolCallId: string, result: string, isFinal: boolean): LLMMessage {
  const description = isFinal
    ? "The final result. Answer what the user said last, then pass this on to the user, once."
    : "A result so far. The function is still running and more may come.";
  return {
    role: "developer",
    content: formatContent(isFinal ? "finished" : "running", toolCallId, description, result),
  };
}

/** Reports that a running call was cancelled. */
export function createAsyncCallCancelled(toolCallId: string): LLMMessage {
  const description = "This function call was cancelled before it had a result. No result will come.";
  return { role: "developer", content: formatContent("finished", toolCallId, description, "CANCELLED") };
}
