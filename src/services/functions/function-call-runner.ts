import {
  type Frame,
  type FunctionCall,
  FunctionCallCancelFrame,
  FunctionCallInProgressFrame,
  FunctionCallResultFrame,
  FunctionCallsStartedFrame,
  type LLMContext,
} from "../../frames/index.ts";
import { CancelledError, InterruptedError } from "../../pipeline/index.ts";
import type { Clock } from "../../util/clock.ts";
import { asError, InvalidOptionError } from "../../util/errors.ts";
import { errorTextForModel, ToolError } from "../../util/tool-error.ts";
import { chooseCall } from "./function-cancellation.ts";
import {
  type FunctionCallInfo,
  FunctionResult,
  type FunctionRegistry,
  type RegisteredFunction,
} from "./function-registry.ts";
import { FunctionCallError, UnknownFunctionError } from "../service-errors.ts";
import { within } from "../work-bounds.ts";

/** What the runner does through its service. */
export interface FunctionCallHost {
  clock(): Clock;
  broadcast(make: () => Frame): void;
  /** Reports a failure of the application's function, which says nothing about the service. */
  pushError(error: Error): void;
}

interface RunningCall {
  readonly call: FunctionCall;
  readonly context: LLMContext;
  readonly groupId: string;
  readonly registered: RegisteredFunction | undefined;
  readonly cancelOnInterruption: boolean;
  readonly controller: AbortController;
}

const CANCEL_TIMEOUT_MS = 1000;

/**
 * Runs the calls of a model's answers beside the pipeline, all of one answer at once, and tells how each of them ends:
 * with a result (of the function, or that it failed), or cancelled. Every call that was announced gets one of the two.
 */
export class FunctionCallRunner {
  readonly #registry: FunctionRegistry;
  readonly #host: FunctionCallHost;
  readonly #running = new Set<RunningCall>();
  #groups = 0;

  constructor(registry: FunctionRegistry, host: FunctionCallHost) {
    this.#registry = registry;
    this.#host = host;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Announces the calls, then starts them. */
  run(calls: readonly FunctionCall[], context: LLMContext): void {
    if (calls.length === 0) return;
    this.#groups++;
    const groupId = `calls-${this.#groups}`;
    this.#host.broadcast(() => new FunctionCallsStartedFrame(calls));
    const started = calls.map((call) => {
      const registered = this.#cancellation(call.functionName) ?? this.#registry.find(call.functionName);
      const cancelOnInterruption = registered?.cancelOnInterruption ?? true;
      const controller = new AbortController();
      const running = { call, context, groupId, registered, cancelOnInterruption, controller };
      this.#running.add(running);
      // All of the group before the first result: who counts them must not take the first for the last.
      this.#host.broadcast(() => new FunctionCallInProgressFrame(call, { cancelOnInterruption, groupId }));
      return running;
    });
    for (const running of started) void this.#run(running);
  }

  /** Cancels the calls that an interruption cancels; returns the context of the last of them. */
  interrupt(): LLMContext | undefined {
    let context: LLMContext | undefined;
    for (const running of this.#running) {
      if (!running.cancelOnInterruption) continue;
      ({ context } = running);
      this.#cancel(running, new InterruptedError());
    }
    return context;
  }

  /** Cancels all calls. */
  cancelAll(): void {
    for (const running of this.#running) this.#cancel(running, new CancelledError());
  }

  #cancel(running: RunningCall, reason: Error): void {
    this.#running.delete(running);
    running.controller.abort(reason);
    this.#host.broadcast(() => new FunctionCallCancelFrame(running.call));
  }

  /** What answers a call by which the model stops another. */
  #cancellation(name: string): RegisteredFunction | undefined {
    const target = this.#registry.cancelTarget(name);
    if (target === undefined) return undefined;
    const handler = ({ tool_call_id: id }: Readonly<Record<string, unknown>>): unknown => {
      const choice = chooseCall(
        [...this.#running].filter(({ call }) => call.functionName === target),
        id,
      );
      if (!("chosen" in choice)) return choice;
      this.#cancel(choice.chosen, new CancelledError("the model asked for it"));
      return { cancelled: choice.chosen.call.toolCallId };
    };
    return { handler, cancelOnInterruption: true, cancellableByLLM: false, timeoutMs: CANCEL_TIMEOUT_MS };
  }

  async #run(running: RunningCall): Promise<void> {
    const { call, context, registered, controller } = running;
    let result: unknown;
    try {
      if (!registered) {
        const cause = new UnknownFunctionError(call.functionName);
        throw new ToolError("There is no function of this name.", { cause });
      }
      const pushIntermediateResult = this.#intermediate(running);
      result = await this.#call(registered, { ...call, context, signal: controller.signal, pushIntermediateResult });
    } catch (thrown) {
      const error = asError(thrown);
      if (this.#running.has(running)) {
        this.#host.pushError(
          error.cause instanceof UnknownFunctionError ? error.cause : new FunctionCallError(call.functionName, error),
        );
      }
      // A handler that the deadline overtook must not go on.
      controller.abort(error);
      result = { error: errorTextForModel(error) };
    }
    // A cancelled call was told of when it was cancelled.
    if (this.#running.delete(running)) this.#tell(running, result);
  }

  async #call({ handler, timeoutMs }: RegisteredFunction, info: FunctionCallInfo): Promise<unknown> {
    const work = (async () => await handler(info.arguments, info))();
    const what = `The function "${info.functionName}"`;
    return await within(work, { clock: this.#host.clock(), signal: info.signal, timeoutMs, what });
  }

  #intermediate(running: RunningCall): FunctionCallInfo["pushIntermediateResult"] {
    const { call, groupId } = running;
    return (value, { runLLM } = {}) => {
      if (running.cancelOnInterruption) {
        const rule = `must be false for "${call.functionName}", for it to have results before its last.`;
        throw new InvalidOptionError("cancelOnInterruption", rule);
      }
      if (!this.#running.has(running) || value === undefined) return;
      this.#host.broadcast(() => new FunctionCallResultFrame(call, value, { runLLM, groupId, isFinal: false }));
    };
  }

  #tell({ call, groupId }: RunningCall, returned: unknown): void {
    const { value, runLLM } = returned instanceof FunctionResult ? returned : new FunctionResult(returned);
    this.#host.broadcast(() => new FunctionCallResultFrame(call, value, { runLLM, groupId }));
  }
}
