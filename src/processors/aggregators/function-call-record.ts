import {
  type FunctionCall,
  type FunctionCallCancelFrame,
  type FunctionCallInProgressFrame,
  type FunctionCallResultFrame,
  type FunctionCallsStartedFrame,
  type LLMContext,
} from "../../frames/index.ts";

const IN_PROGRESS = "IN_PROGRESS";
const COMPLETED = "COMPLETED";
const CANCELLED = "CANCELLED";
/** Cancelled calls to remember, whose beginning is still on its way. */
const MAX_EARLY_CANCELS = 100;

/** The calls of one answer. */
interface Group {
  readonly id: string | undefined;
  readonly running: Set<string>;
  /** One of them wants an answer of the model. */
  wanted: boolean;
}

/** Writes function calls into the context: a placeholder while one runs, then its result; and knows when a group is through. */
export class FunctionCallRecord {
  readonly #context: LLMContext;
  readonly #groups = new Map<string, Group>();
  readonly #earlyCancels = new Set<string>();

  constructor(context: LLMContext) {
    this.#context = context;
  }

  /** All calls of an answer, known before the first of them is in progress: so none counts as the last too early. */
  started(frame: FunctionCallsStartedFrame): void {
    const group: Group = { id: undefined, running: new Set(), wanted: false };
    for (const { toolCallId } of frame.functionCalls) this.#join(toolCallId, group);
  }

  inProgress({ call, groupId }: FunctionCallInProgressFrame): void {
    const cancelled = this.#earlyCancels.delete(call.toolCallId);
    if (!cancelled) this.#join(call.toolCallId, this.#groupOf(call, groupId));
    // A cancellation does not wait behind what is being said, as this frame does.
    const content = cancelled ? CANCELLED : IN_PROGRESS;
    const { toolCallId: id, functionName: name } = call;
    this.#context.add(
      { role: "assistant", content: "", toolCalls: [{ id, name, arguments: call.arguments }] },
      { role: "tool", content, toolCallId: id },
    );
  }

  /** True when the model is to answer now. */
  result({ call, result, runLlm }: FunctionCallResultFrame): boolean {
    // Without its call a result is nothing that a model could be told.
    if (!this.#fill(call, textOf(result))) return false;
    const group = this.#groups.get(call.toolCallId);
    if (group && runLlm === undefined) group.wanted = true;
    return this.#leave(call.toolCallId) || runLlm === true;
  }

  /** True when the model is to answer now: the others of the group are through and want it. */
  cancelled({ call }: FunctionCallCancelFrame): boolean {
    if (!this.#fill(call, CANCELLED)) {
      this.#earlyCancels.add(call.toolCallId);
      const [oldest] = this.#earlyCancels;
      if (this.#earlyCancels.size > MAX_EARLY_CANCELS && oldest !== undefined) this.#earlyCancels.delete(oldest);
    }
    return this.#leave(call.toolCallId);
  }

  #fill({ toolCallId }: FunctionCall, content: string): boolean {
    return this.#context.replaceLast(
      (message) => message.toolCallId === toolCallId && message.content === IN_PROGRESS,
      { role: "tool", content, toolCallId },
    );
  }

  #groupOf({ toolCallId }: FunctionCall, groupId: string | undefined): Group {
    const announced = this.#groups.get(toolCallId);
    if (announced) return announced;
    const ofSameId = groupId === undefined ? undefined : [...this.#groups.values()].find(({ id }) => id === groupId);
    return ofSameId ?? { id: groupId, running: new Set(), wanted: false };
  }

  #join(toolCallId: string, group: Group): void {
    group.running.add(toolCallId);
    this.#groups.set(toolCallId, group);
  }

  /** True when it was the last of its group, and the model is to answer that. */
  #leave(toolCallId: string): boolean {
    const group = this.#groups.get(toolCallId);
    this.#groups.delete(toolCallId);
    group?.running.delete(toolCallId);
    return group?.running.size === 0 && group.wanted;
  }
}

function textOf(result: unknown): string {
  if (result === undefined || result === null) return COMPLETED;
  if (typeof result === "string") return result;
  try {
    // TypeScript says that this is a string; for functions and symbols it is not.
    const json = JSON.stringify(result) as string | undefined;
    return json ?? COMPLETED;
  } catch {
    return "The result cannot be shown as JSON.";
  }
}
