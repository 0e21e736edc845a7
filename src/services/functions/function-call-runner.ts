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
import { FunctionCallError, InvalidArgumentsError, UnknownFunctionError } from "../service-errors.ts";
import { within } from "../work-bounds.ts";

/** The service's functions that the runner uses. */
export interface FunctionCallHost {
  clock(): Clock;
  broadcast(make: () => Frame): void;
  /** Reports a failure of the application's function, which does not affect the service. */
  pushError(error: Error): void;
}

/** A call as the model requests it. */
export interface RequestedCall {
  readonly call: FunctionCall;
  /** Why it cannot be made; undefined if it can. */
  readonly problem: string | undefined;
}

interface RunningCall extends RequestedCall {
  readonly context: LLMContext;
  readonly groupId: string;
  readonly registered: RegisteredFunction | undefined;
  readonly cancelOnInterruption: boolean;
  readonly controller: AbortController;
}

const CANCEL_TIMEOUT_MS = 1000;

/**
 * Runs a model's function calls outside the pipeline, all calls of one answer concurrently, and reports how each ends:
 * with a result (of the function, or its failure) or cancelled. Every announced call gets one of the two.
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
  run(requested: readonly RequestedCall[], context: LLMContext): void {
    if (requested.length === 0) return;
    this.#groups++;
    const groupId = `calls-${this.#groups}`;
    this.#host.broadcast(() => new FunctionCallsStartedFrame(requested.map(({ call }) => call)));
    const started = requested.map(({ call, problem }) => {
      const registered = this.#findCancellation(call.functionName) ?? this.#registry.find(call.functionName);
      const cancelOnInterruption = registered?.cancelOnInterruption ?? true;
      const controller = new AbortController();
      const running = { call, problem, context, groupId, registered, cancelOnInterruption, controller };
      this.#running.add(running);
      // Announce the whole group before the first result: otherwise a counter would take the first call for the last.
      this.#host.broadcast(() => new FunctionCallInProgressFrame(call, { cancelOnInterruption, groupId }));
      return running;
    });
    for (const running of started) void this.#run(running);
  }

  /** Cancels the calls that an interruption cancels. Returns the context of the last of them. */
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

  /** Returns the function that handles the model's cancellation of another call, if `name` is such a cancellation. */
  #findCancellation(name: string): RegisteredFunction | undefined {
    const target = this.#registry.findCancelTarget(name);
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
    const { call, problem, context, registered, controller } = running;
    let result: unknown;
    try {
      if (problem !== undefined) {
        const cause = new InvalidArgumentsError(call.functionName, [problem]);
        throw new ToolError(cause.message, { cause });
      }
      if (!registered) {
        const cause = new UnknownFunctionError(call.functionName);
        throw new ToolError("There is no function of this name.", { cause });
      }
      const pushIntermediateResult = this.#createIntermediatePush(running);
      result = await this.#call(registered, { ...call, context, signal: controller.signal, pushIntermediateResult });
    } catch (thrown) {
      const error = asError(thrown);
      if (this.#running.has(running)) {
        this.#host.pushError(
          error.cause instanceof UnknownFunctionError ? error.cause : new FunctionCallError(call.functionName, error),
        );
      }
      // A handler that missed its deadline must stop.
      controller.abort(error);
      result = { error: errorTextForModel(error) };
    }
    // A cancelled call was reported when it was cancelled.
    if (this.#running.delete(running)) this.#reportResult(running, result);
  }

  async #call({ handler, timeoutMs }: RegisteredFunction, info: FunctionCallInfo): Promise<unknown> {
    const work = (async () => await handler(info.arguments, info))();
    const what = `The function "${info.functionName}"`;
    return await within(work, { clock: this.#host.clock(), signal: info.signal, timeoutMs, what });
  }

  #createIntermediatePush(running: RunningCall): FunctionCallInfo["pushIntermediateResult"] {
    const { call, groupId } = running;
    return (value, { runLLM } = {}) => {
      if (running.cancelOnInterruption) {
        const rule = `must be false for "${call.functionName}" to push intermediate results.`;
        throw new InvalidOptionError("cancelOnInterruption", rule);
      }
      if (!this.#running.has(running) || value === undefined) return;
      this.#host.broadcast(() => new FunctionCallResultFrame(call, value, { runLLM, groupId, isFinal: false }));
    };
  }

  #reportResult({ call, groupId }: RunningCall, returned: unknown): void {
    const { value, runLLM } = returned instanceof FunctionResult ? returned : new FunctionResult(returned);
    this.#host.broadcast(() => new FunctionCallResultFrame(call, value, { runLLM, groupId }));
  }
}
