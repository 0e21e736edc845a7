import {
  type Frame,
  type FunctionCall,
  FunctionCallCancelFrame,
  type FunctionCallInProgressFrame,
  FunctionCallResultFrame,
  type FunctionCallsStartedFrame,
  type LLMContext,
} from "../../frames/index.ts";
import { createAsyncCallCancelled, createAsyncCallResult, createAsyncCallStarted } from "./async-call-messages.ts";

const IN_PROGRESS = "IN_PROGRESS";
const COMPLETED = "COMPLETED";
const CANCELLED = "CANCELLED";
/** How many cancelled calls are remembered whose FunctionCallInProgressFrame has not arrived yet. */
const MAX_EARLY_CANCELS = 100;

/** The function calls of one answer. */
interface Group {
  readonly id: string | undefined;
  readonly running: Set<string>;
  /** Whether one of the calls wants the model to answer. */
  wanted: boolean;
}

/**
 * Writes function calls into the context and detects when a group is complete. A call that an interruption cancels has
 * a placeholder while it runs, which its result replaces. A call that continues through interruptions is answered as
 * running, and each of its results is a message of its own at the end: further up, the model would not notice it.
 */
export class FunctionCallRecord {
  readonly #context: LLMContext;
  readonly #groups = new Map<string, Group>();
  readonly #earlyCancels = new Set<string>();
  /** Running calls that continue through interruptions. */
  readonly #async = new Set<string>();

  constructor(context: LLMContext) {
    this.#context = context;
  }

  /**
   * Records all calls of an answer before the first of them is in progress, so that none counts as the last too early.
   */
  recordStart(frame: FunctionCallsStartedFrame): void {
    const group: Group = { id: undefined, running: new Set(), wanted: false };
    for (const { toolCallId } of frame.functionCalls) this.#join(toolCallId, group);
  }

  recordInProgress({ call, groupId, cancelOnInterruption }: FunctionCallInProgressFrame): void {
    const cancelled = this.#earlyCancels.delete(call.toolCallId);
    if (!cancelled) this.#join(call.toolCallId, this.#findGroup(call, groupId));
    const { toolCallId: id, functionName: name } = call;
    const isAsync = !cancelOnInterruption && !cancelled;
    if (isAsync) this.#async.add(id);
    // A cancellation may overtake this frame, which waits behind what is being said.
    const content = cancelled ? CANCELLED : IN_PROGRESS;
    this.#context.add(
      { role: "assistant", content: "", toolCalls: [{ id, name, arguments: call.arguments }] },
      isAsync ? createAsyncCallStarted(id) : { role: "tool", content, toolCallId: id },
    );
  }

  /** Whether the frame adds a message at the end of the context. */
  addsMessageAtEnd(frame: Frame): boolean {
    const ofCall = frame instanceof FunctionCallResultFrame || frame instanceof FunctionCallCancelFrame;
    return ofCall && this.#async.has(frame.call.toolCallId);
  }

  /** Returns true if the model must answer now. */
  recordResult({ call: { toolCallId }, result, runLLM, isFinal }: FunctionCallResultFrame): boolean {
    const text = toText(result);
    if (this.#async.has(toolCallId)) this.#context.add(createAsyncCallResult(toolCallId, text, isFinal));
    // Models do not accept a result without its call.
    else if (!isFinal || !this.#fill(toolCallId, text)) return false;
    const group = this.#groups.get(toolCallId);
    // A function that returns nothing needs no answer; Pipecat does the same.
    const wanted = runLLM === undefined && result !== undefined;
    const isAlone = group === undefined || group.running.size === 1;
    if (group && wanted && (isFinal || !isAlone)) group.wanted = true;
    if (isFinal) return this.#leave(toolCallId) || runLLM === true;
    return runLLM ?? (wanted && isAlone);
  }

  /** Returns true if the model must answer now: the other calls of the group are complete and want an answer. */
  recordCancel({ call }: FunctionCallCancelFrame): boolean {
    if (this.#async.has(call.toolCallId)) {
      this.#context.add(createAsyncCallCancelled(call.toolCallId));
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

  #findGroup({ toolCallId }: FunctionCall, groupId: string | undefined): Group {
    const announced = this.#groups.get(toolCallId);
    if (announced) return announced;
    const ofSameId = groupId === undefined ? undefined : [...this.#groups.values()].find(({ id }) => id === groupId);
    return ofSameId ?? { id: groupId, running: new Set(), wanted: false };
  }

  #join(toolCallId: string, group: Group): void {
    group.running.add(toolCallId);
    this.#groups.set(toolCallId, group);
  }

  /** Returns true if the call was the last of its group and the model must answer. */
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
