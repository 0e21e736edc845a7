import type { LLMMessage } from "../../frames/index.ts";

/**
 * What the context says of a call that goes on while people talk. The fields are those of Pipecat's async tool messages,
 * so that prompts written for those hold here as well.
 */
function content(status: "running" | "finished", toolCallId: string, description: string, result?: string): string {
  return JSON.stringify({ type: "async_tool", status, tool_call_id: toolCallId, description, result });
}

/** Answers the call itself: providers want every call answered right behind it. */
export function asyncCallStarted(toolCallId: string): LLMMessage {
  const description = "The function is still running. Its result comes later. Do not guess it and do not call again.";
  return { role: "tool", content: content("running", toolCallId, description), toolCallId };
}

export function asyncCallResult(toolCallId: string, result: string, isFinal: boolean): LLMMessage {
  const description = isFinal
    ? "The final result. Answer what the user said last, then pass this on to the user, once."
    : "A result so far. The function is still running and more may come.";
  return { role: "developer", content: content(isFinal ? "finished" : "running", toolCallId, description, result) };
}

export function asyncCallCancelled(toolCallId: string): LLMMessage {
  const description = "This function call was cancelled before it had a result. No result will come.";
  return { role: "developer", content: content("finished", toolCallId, description, "CANCELLED") };
}
