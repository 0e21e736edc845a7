import type { FunctionCall, LLMContext, ToolDefinition } from "../../frames/index.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import { createCancelTool, parseCancelTarget } from "./function-cancellation.ts";

/** Information about a call, passed to its handler. */
export interface FunctionCallInfo extends FunctionCall {
  /** The context in which the model made the call. */
  readonly context: LLMContext;
  /** Aborts when the call is cancelled or times out. */
  readonly signal: AbortSignal;
  /**
   * Sends the model an intermediate result. The call continues, and so does its timeout. The model answers the result
   * unless `runLLM` is false. Ignored once the call is over.
   *
   * @throws InvalidOptionError for a function that an interruption cancels: the model waits for its only result.
   */
  readonly pushIntermediateResult: (value: unknown, options?: { readonly runLLM?: boolean }) => void;
}

/**
 * Handles a call. The model receives what it returns, usually JSON. When it throws, the model receives a neutral text
 * and the `error` event the error; throw a `ToolError` to choose the model's text.
 */
export type FunctionHandler = (args: Readonly<Record<string, unknown>>, call: FunctionCallInfo) => unknown;

/** How calls of a function run. */
export interface FunctionOptions {
  /**
   * Whether an interruption cancels the call. If not, the call is answered as running, and its result is added to the
   * end of the context when it arrives. Default true.
   */
  readonly cancelOnInterruption?: boolean;
  /**
   * Whether the model may cancel the call, with a tool `cancel_<name>` that is offered with the function's own. Only
   * with `cancelOnInterruption: false`. Default false.
   */
  readonly cancellableByLLM?: boolean;
  /** How long a call may take, in milliseconds. Default 10 000. */
  readonly timeoutMs?: number;
}

/** A result that also controls whether the model answers it. Other handlers return their result itself. */
export class FunctionResult {
  /** The result for the model. */
  readonly value: unknown;
  /**
   * Whether the model answers the result. Default: it does, after the last call of the group, unless the value is
   * undefined.
   */
  readonly runLLM: boolean | undefined;

  constructor(value: unknown, options: { readonly runLLM?: boolean } = {}) {
    this.value = value;
    this.runLLM = options.runLLM;
  }
}

/** A function with its options resolved. */
export interface RegisteredFunction {
  readonly handler: FunctionHandler;
  readonly cancelOnInterruption: boolean;
  readonly cancellableByLLM: boolean;
  readonly timeoutMs: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/** The functions that a model may call. */
export class FunctionRegistry {
  readonly #functions = new Map<string, RegisteredFunction>();
  #fallback: RegisteredFunction | undefined;

  /** Registers a function; replaces one with the same name. */
  register(name: string, handler: FunctionHandler, options: FunctionOptions = {}): void {
    if (name === "") throw new InvalidOptionError("name", "must not be empty.");
    this.#functions.set(name, toRegistered(handler, options));
  }

  /** Registers the handler for calls of all other functions. */
  registerFallback(handler: FunctionHandler, options: FunctionOptions = {}): void {
    this.#fallback = toRegistered(handler, options);
  }

  unregister(name: string): void {
    this.#functions.delete(name);
  }

  /** Returns the function with this name, otherwise the fallback. */
  find(name: string): RegisteredFunction | undefined {
    return this.#functions.get(name) ?? this.#fallback;
  }

  /**
   * Returns the function whose calls the model stops by this name. A function registered with the name itself takes
   * precedence.
   */
  findCancelTarget(name: string): string | undefined {
    const target = this.#functions.has(name) ? undefined : parseCancelTarget(name);
    return target !== undefined && this.#functions.get(target)?.cancellableByLLM === true ? target : undefined;
  }

  /** Creates the tools that stop calls of the offered functions. */
  createCancelTools(offered: readonly ToolDefinition[]): ToolDefinition[] {
    return offered
      .map(({ name }) => createCancelTool(name))
      .filter(({ name }) => this.findCancelTarget(name) !== undefined);
  }
}

function toRegistered(handler: FunctionHandler, options: FunctionOptions): RegisteredFunction {
  const { cancelOnInterruption = true, cancellableByLLM = false, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  if (!(timeoutMs > 0)) throw new InvalidOptionError("timeoutMs", "must be greater than 0.");
  if (cancellableByLLM && cancelOnInterruption)
    throw new InvalidOptionError("cancellableByLLM", "needs cancelOnInterruption: false.");
  return { handler, cancelOnInterruption, cancellableByLLM, timeoutMs };
}
