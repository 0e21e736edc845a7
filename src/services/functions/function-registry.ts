import type { FunctionCall, LLMContext, ToolDefinition } from "../../frames/index.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import { cancelTarget, cancelToolFor } from "./function-cancellation.ts";

/** What a function may know of its call. */
export interface FunctionCallInfo extends FunctionCall {
  readonly context: LLMContext;
  /** Aborts when the call is cancelled or its time is up. */
  readonly signal: AbortSignal;
  /**
   * Gives the model a result so far; the call goes on, and so does its time. The model answers it unless `runLLM` is
   * false. Ignored once the call is over.
   *
   * @throws InvalidOptionError for a function that an interruption cancels: the model waits for its one result.
   */
  readonly pushIntermediateResult: (value: unknown, options?: { readonly runLLM?: boolean }) => void;
}

/**
 * Answers a call. The model gets what it returns, JSON mostly. When it throws, the model gets a neutral text, the `error`
 * event gets the error; throw a `ToolError` for a text of your own.
 */
export type FunctionHandler = (args: Readonly<Record<string, unknown>>, call: FunctionCallInfo) => unknown;

export interface FunctionOptions {
  /**
   * Whether an interruption cancels the call. One that goes on is answered as running, and the model gets its result when
   * it comes, at the end of the context. Default true.
   */
  readonly cancelOnInterruption?: boolean;
  /**
   * Whether the model may cancel the call, with a tool `cancel_<name>` that is offered to it next to the function's own.
   * Only with `cancelOnInterruption: false`. Default false.
   */
  readonly cancellableByLLM?: boolean;
  /** Default 10 000. */
  readonly timeoutMs?: number;
}

/** A result with a say in what follows; handlers that have none just return their result. */
export class FunctionResult {
  readonly value: unknown;
  /** Whether the model answers it. Default: yes, after the last call of its group, unless the value is undefined. */
  readonly runLLM: boolean | undefined;

  constructor(value: unknown, options: { readonly runLLM?: boolean } = {}) {
    this.value = value;
    this.runLLM = options.runLLM;
  }
}

export interface RegisteredFunction {
  readonly handler: FunctionHandler;
  readonly cancelOnInterruption: boolean;
  readonly cancellableByLLM: boolean;
  readonly timeoutMs: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/** The functions a model may call. */
export class FunctionRegistry {
  readonly #functions = new Map<string, RegisteredFunction>();
  #fallback: RegisteredFunction | undefined;

  /** Replaces one of the same name. */
  register(name: string, handler: FunctionHandler, options: FunctionOptions = {}): void {
    if (name === "") throw new InvalidOptionError("name", "must not be empty.");
    this.#functions.set(name, registered(handler, options));
  }

  /** Answers the calls of all functions that are not registered. */
  registerFallback(handler: FunctionHandler, options: FunctionOptions = {}): void {
    this.#fallback = registered(handler, options);
  }

  unregister(name: string): void {
    this.#functions.delete(name);
  }

  /** The function of this name, else the fallback. */
  find(name: string): RegisteredFunction | undefined {
    return this.#functions.get(name) ?? this.#fallback;
  }

  /** The function whose calls the model stops by this name. One registered by the name itself goes first. */
  cancelTarget(name: string): string | undefined {
    const target = this.#functions.has(name) ? undefined : cancelTarget(name);
    return target !== undefined && this.#functions.get(target)?.cancellableByLLM === true ? target : undefined;
  }

  /** Tools to stop calls of those that are offered. */
  cancelTools(offered: readonly ToolDefinition[]): ToolDefinition[] {
    return offered.map(({ name }) => cancelToolFor(name)).filter(({ name }) => this.cancelTarget(name) !== undefined);
  }
}

function registered(handler: FunctionHandler, options: FunctionOptions): RegisteredFunction {
  const { cancelOnInterruption = true, cancellableByLLM = false, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  if (!(timeoutMs > 0)) throw new InvalidOptionError("timeoutMs", "must be greater than 0.");
  if (cancellableByLLM && cancelOnInterruption)
    throw new InvalidOptionError("cancellableByLLM", "needs cancelOnInterruption: false.");

  return { handler, cancelOnInterruption, cancellableByLLM, timeoutMs };
}
