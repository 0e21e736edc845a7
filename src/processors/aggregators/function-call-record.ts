import {
  type Frame,
  type FunctionCall,
  FunctionCallCancelFrame,
  type FunctionCallInProgressFrame,
  FunctionCallResultFrame,
  type FunctionCallsStartedFrame,
  type LLMContext,
} from "../../frames/index.ts";
import { asyncCallCancelled, asyncCallResult, asyncCallStarted } from "./async-call-messages.ts";

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

/**
 * Writes function calls into the context, and knows when a group is through. A call that an interruption cancels has a
 * placeholder while it runs, and then its result there. One that goes on while people talk is answered as running, and
 * each of its results is a message of its own, at the end: far up, the model would not notice it.
 */
export class FunctionCallRecord {
  readonly #context: LLMContext;
  readonly #groups = new Map<string, Group>();
  readonly #earlyCancels = new Set<string>();
  /** Calls that run and go on while people talk. */
  readonly #async = new Set<string>();

  constructor(context: LLMContext) {
    this.#context = context;
  }

  /** All calls of an answer, known before the first of them is in progress: so none counts as the last too early. */
  started(frame: FunctionCallsStartedFrame): void {
    const group: Group = { id: undefined, running: new Set(), wanted: false };
    for (const { toolCallId } of frame.functionCalls) this.#join(toolCallId, group);
  }

  inProgress({ call, groupId, cancelOnInterruption }: FunctionCallInProgressFrame): void {
    const cancelled = this.#earlyCancels.delete(call.toolCallId);
    if (!cancelled) this.#join(call.toolCallId, this.#groupOf(call, groupId));
    const { toolCallId: id, functionName: name } = call;
    const isAsync = !cancelOnInterruption && !cancelled;
    if (isAsync) this.#async.add(id);
    // A cancellation does not wait behind what is being said, as this frame does.
    const content = cancelled ? CANCELLED : IN_PROGRESS;
    this.#context.add(
      { role: "assistant", content: "", toolCalls: [{ id, name, arguments: call.arguments }] },
      isAsync ? asyncCallStarted(id) : { role: "tool", content, toolCallId: id },
    );
  }

  /** Whether what the frame brings is a message at the end of the context. */
  isForTheEnd(frame: Frame): boolean {
    const ofCall = frame instanceof FunctionCallResultFrame || frame instanceof FunctionCallCancelFrame;
    return ofCall && this.#async.has(frame.call.toolCallId);
  }

  /** True when the model is to answer now. */
  result({ call: { toolCallId }, result, runLLM, isFinal }: FunctionCallResultFrame): boolean {
    const text = toText(result);
    if (this.#async.has(toolCallId)) this.#context.add(asyncCallResult(toolCallId, text, isFinal));
    // Without its call a result is nothing that a model could be given.
    else if (!isFinal || !this.#fill(toolCallId, text)) return false;
    const group = this.#groups.get(toolCallId);
    // A function that returns nothing has nothing to be answered; Pipecat does it the same way.
    const wanted = runLLM === undefined && result !== undefined;
    const isAlone = group === undefined || group.running.size === 1;
    if (group && wanted && (isFinal || !isAlone)) group.wanted = true;
    if (isFinal) return this.#leave(toolCallId) || runLLM === true;
    return runLLM ?? (wanted && isAlone);
  }

  /** True when the model is to answer now: the others of the group are through and want it. */
  cancelled({ call }: FunctionCallCancelFrame): boolean {
    if (this.#async.has(call.toolCallId)) {
      this.#context.add(asyncCallCancelled(call.toolCallId));
    } else if (!this.#fill(call.toolCallId, CANCELLED)) {
      this.#earlyCancels.add(call.toolCallId);
      const [oldest] = this.#earlyCancels;
      if (this.#earlyCancels.size > MAX_EARLY_CANCELS && oldest !== undefined) this.#earlyCancels.delete(oldest);
    }
    return this.#leave(call.toolCallId);
  }

  #fill(toolCallId: string, content: string): boolean {
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
    this.#async.delete(toolCallId);
    group?.running.delete(toolCallId);
    return group?.running.size === 0 && group.wanted;
  }
}

function toText(result: unknown): string {
  if (result === undefined) return COMPLETED;
  if (typeof result === "string") return result;
  try {
    // TypeScript says that this is a string; for functions and symbols it is not.
    const json = JSON.stringify(result) as string | undefined;
    return json ?? COMPLETED;
  } catch {
    return "The result cannot be shown as JSON.";
  }
}
