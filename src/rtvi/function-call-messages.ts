import type { FunctionCall, FunctionCallResultFrame } from "../frames/index.ts";
import { withoutUndefined } from "../util/without-undefined.ts";
import type { ServerMessages } from "./messages.ts";
import type { ResolvedRTVIOptions, RTVIFunctionDetail, RTVIReport } from "./rtvi-options.ts";

/** What is sent about function calls, and where to. */
export interface FunctionCallSink {
  readonly options: ResolvedRTVIOptions;
  send<T extends RTVIReport>(type: T, data: ServerMessages[T]): void;
}

const NAMED: ReadonlySet<RTVIFunctionDetail> = new Set(["name", "arguments", "full"]);

/** The messages about function calls, with as much detail as the options allow for each function. */
export class FunctionCallMessages {
  readonly #sink: FunctionCallSink;

  constructor(sink: FunctionCallSink) {
    this.#sink = sink;
  }

  started(calls: readonly FunctionCall[]): void {
    for (const call of calls) {
      const detail = this.#detailOf(call);
      if (detail !== "disabled") this.#send("llm-function-call-started", nameOf(call, detail));
    }
  }

  inProgress(call: FunctionCall): void {
    const detail = this.#detailOf(call);
    if (detail === "disabled") return;
    this.#send("llm-function-call-in-progress", {
      tool_call_id: call.toolCallId,
      ...nameOf(call, detail),
      ...((detail === "arguments" || detail === "full") && { arguments: call.arguments }),
    });
  }

  cancelled(call: FunctionCall): void {
    const detail = this.#detailOf(call);
    if (detail === "disabled") return;
    const ended = { tool_call_id: call.toolCallId, cancelled: true, ...nameOf(call, detail) };
    this.#send("llm-function-call-stopped", ended);
  }

  /** An intermediate result ends nothing. */
  ended({ call, result, isFinal }: FunctionCallResultFrame): void {
    const detail = this.#detailOf(call);
    if (detail === "disabled" || !isFinal) return;
    this.#send("llm-function-call-stopped", {
      tool_call_id: call.toolCallId,
      cancelled: false,
      ...nameOf(call, detail),
      ...(detail === "full" && withoutUndefined({ result: asJson(result) })),
    });
  }

  #detailOf({ functionName }: FunctionCall): RTVIFunctionDetail {
    return this.#sink.options.functionDetail(functionName);
  }

  #send<T extends RTVIReport>(type: T, data: ServerMessages[T]): void {
    if (this.#sink.options.isSent(type)) this.#sink.send(type, data);
  }
}

function nameOf({ functionName }: FunctionCall, detail: RTVIFunctionDetail): { readonly function_name?: string } {
  return NAMED.has(detail) ? { function_name: functionName } : {};
}

/** A function may return anything. What is no JSON is named instead. */
function asJson(result: unknown): unknown {
  try {
    return (JSON.stringify(result) as string | undefined) === undefined ? undefined : result;
  } catch {
    return "(a result that is not JSON)";
  }
}
