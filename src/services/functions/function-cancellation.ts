import type { FunctionCall, ToolDefinition } from "../../frames/index.ts";

/** As in Pipecat: `cancel_report` stops a call of `report`. */
const PREFIX = "cancel_";

/** Creates the tool by which the model stops a call of this function. */
export function createCancelTool(functionName: string): ToolDefinition {
  return {
    name: `${PREFIX}${functionName}`,
    description:
      `Stops a running call of ${functionName} whose result is no longer wanted. ` +
      "Only when several are running, tool_call_id says which.",
    parameters: {
      type: "object",
      properties: { tool_call_id: { type: "string", description: "The id of the call to stop." } },
    },
  };
}

/** Returns the name of the function whose calls this tool stops. Undefined if it is not a cancel tool. */
export function parseCancelTarget(toolName: string): string | undefined {
  return toolName.startsWith(PREFIX) ? toolName.slice(PREFIX.length) : undefined;
}

/** Chooses the running call that the model means, or explains to the model why none can be stopped. */
export function chooseCall<C extends { readonly call: FunctionCall }>(
  running: readonly C[],
  toolCallId: unknown,
): { readonly chosen: C } | { readonly cancelled: null; readonly reason: string; readonly running?: unknown } {
  const [first, ...others] = running;
  if (first === undefined) return { cancelled: null, reason: "No such call is running." };
  if (typeof toolCallId === "string" && toolCallId !== "") {
    const chosen = running.find(({ call }) => call.toolCallId === toolCallId);
    return chosen ? { chosen } : { cancelled: null, reason: "No running call has this tool_call_id." };
  }
  if (others.length === 0) return { chosen: first };
  return {
    cancelled: null,
    reason: "Several calls are running. Call again with the tool_call_id of the one to stop.",
    running: running.map(({ call }) => ({ tool_call_id: call.toolCallId, arguments: call.arguments })),
  };
}
