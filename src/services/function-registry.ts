import type { FunctionCall, LLMContext } from "../frames/index.ts";
import { InvalidOptionError } from "../util/errors.ts";

/** What a function may know of its call. */
export interface FunctionCallInfo extends FunctionCall {
  readonly context: LLMContext;
  /** Aborts when the call is cancelled or its time is up. */
  readonly signal: AbortSignal;
}

/**
 * Answers a call. The model gets what it returns, JSON mostly. When it throws, the model gets a neutral text, the `error`
 * event gets the error; throw a `ToolError` for a text of your own.
 */
export type FunctionHandler = (args: Readonly<Record<string, unknown>>, call: FunctionCallInfo) => unknown;

export interface FunctionOptions {
  /** Whether an interruption cancels the call; one that goes on delivers its result later. Default true. */
  readonly cancelOnInterruption?: boolean;
  /** Default 10 000. */
  readonly timeoutMs?: number;
}

/** A result with a say in what follows; handlers that have none just return their result. */
export class FunctionResult {
  readonly value: unknown;
  /** Whether the model answers it. Default: yes, after the last call of its group. */
  readonly runLlm: boolean | undefined;

  constructor(value: unknown, options: { readonly runLlm?: boolean } = {}) {
    this.value = value;
    this.runLlm = options.runLlm;
  }
}

export interface RegisteredFunction {
  readonly handler: FunctionHandler;
  readonly cancelOnInterruption: boolean;
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

  find(name: string): RegisteredFunction | undefined {
    return this.#functions.get(name) ?? this.#fallback;
  }
}

function registered(handler: FunctionHandler, options: FunctionOptions): RegisteredFunction {
  const { cancelOnInterruption = true, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  if (!(timeoutMs > 0)) throw new InvalidOptionError("timeoutMs", "must be greater than 0.");
  return { handler, cancelOnInterruption, timeoutMs };
}
