import {
  type Frame,
  type FunctionCall,
  FunctionCallCancelFrame,
  FunctionCallInProgressFrame,
  FunctionCallResultFrame,
  FunctionCallsStartedFrame,
  type LLMContext,
} from "../frames/index.ts";
import { CancelledError, InterruptedError } from "../pipeline/index.ts";
import type { Clock } from "../util/clock.ts";
import { asError } from "../util/errors.ts";
import { FunctionResult, type FunctionRegistry, type RegisteredFunction } from "./function-registry.ts";
import { FunctionCallError, UnknownFunctionError } from "./service-errors.ts";
import { within } from "./work-bounds.ts";

/** What the runner does through its service. */
export interface FunctionCallHost {
  clock(): Clock;
  broadcast(make: () => Frame): void;
  pushError(error: Error): void;
}

interface RunningCall {
  readonly call: FunctionCall;
  readonly context: LLMContext;
  readonly groupId: string;
  readonly cancelOnInterruption: boolean;
  readonly controller: AbortController;
}

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
    this.#groups += 1;
    const groupId = `calls-${this.#groups}`;
    this.#host.broadcast(() => new FunctionCallsStartedFrame(calls));
    const started = calls.map((call) => {
      const registered = this.#registry.find(call.functionName);
      const cancelOnInterruption = registered?.cancelOnInterruption ?? true;
      const running = { call, context, groupId, cancelOnInterruption, controller: new AbortController() };
      this.#running.add(running);
      // All of the group before the first result: who counts them must not take the first for the last.
      this.#host.broadcast(() => new FunctionCallInProgressFrame(call, { cancelOnInterruption, groupId }));
      return { running, registered };
    });
    for (const { running, registered } of started) void this.#run(running, registered, context);
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

  async #run(running: RunningCall, registered: RegisteredFunction | undefined, context: LLMContext): Promise<void> {
    const { call, controller } = running;
    let result: unknown;
    try {
      if (!registered) throw new UnknownFunctionError(call.functionName);
      result = await this.#call(registered, { ...call, context, signal: controller.signal });
    } catch (thrown) {
      const error = asError(thrown);
      if (this.#running.has(running)) {
        this.#host.pushError(
          error instanceof UnknownFunctionError ? error : new FunctionCallError(call.functionName, error),
        );
      }
      // A handler that the deadline overtook must not go on.
      controller.abort(error);
      result = { error: error.message };
    }
    // A cancelled call was told of when it was cancelled.
    if (this.#running.delete(running)) this.#tell(running, result);
  }

  async #call(
    { handler, timeoutMs }: RegisteredFunction,
    info: Parameters<RegisteredFunction["handler"]>[1],
  ): Promise<unknown> {
    const work = (async () => await handler(info.arguments, info))();
    const what = `The function "${info.functionName}"`;
    return await within(work, { clock: this.#host.clock(), signal: info.signal, timeoutMs, what });
  }

  #tell({ call, groupId }: RunningCall, returned: unknown): void {
    const { value, runLlm } = returned instanceof FunctionResult ? returned : new FunctionResult(returned);
    this.#host.broadcast(() => new FunctionCallResultFrame(call, value, { runLlm, groupId }));
  }
}
