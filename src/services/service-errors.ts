import { asError, TavusTransportError } from "../util/errors.ts";
import { ToolError } from "../util/tool-error.ts";

/** Reported once when a service drops work because an earlier failure was permanent. */
export class ServiceUnusableError extends TavusTransportError {
  /** Machine-readable code of the error. */
  readonly code = "serviceUnusable";
  /** Name of the service. */
  readonly service: string;

  constructor(service: string) {
    super(`${service} is unusable after an earlier error and drops its work; change its settings to try again.`);
    this.service = service;
  }
}

/** Reported when a text-to-speech service returned no audio. Three times in a row make the service unusable. */
export class SilentServiceError extends TavusTransportError {
  /** Machine-readable code of the error. */
  readonly code = "silentService";
  /** Name of the service. */
  readonly service: string;
  /** Number of utterances in a row without audio. */
  readonly silentContexts: number;

  constructor(service: string, silentContexts: number) {
    const times = silentContexts === 1 ? "" : ` ${silentContexts} times in a row`;
    super(`${service} returned no audio${times}; check its voice, model and quota.`);
    this.service = service;
    this.silentContexts = silentContexts;
  }
}

/** Reported when the model called a function that is not registered. */
export class UnknownFunctionError extends TavusTransportError {
  /** Machine-readable code of the error. */
  readonly code = "unknownFunction";
  /** Name of the function. */
  readonly functionName: string;

  constructor(functionName: string) {
    super(`There is no function "${functionName}"; register it with registerFunction, or a fallback for all others.`);
    this.functionName = functionName;
  }
}

/**
 * Reported when the handler of a function failed. `cause` is what it threw. The model received a neutral text, or the
 * message of a `ToolError`.
 */
export class FunctionCallError extends TavusTransportError {
  /** Machine-readable code of the error. */
  readonly code = "functionCall";
  /** Name of the function. */
  readonly functionName: string;

  constructor(functionName: string, cause: Error) {
    const reason = cause instanceof ToolError && cause.cause !== undefined ? asError(cause.cause) : cause;
    super(`The function "${functionName}" failed: ${reason.message}`, { cause });
    this.functionName = functionName;
  }
}

/**
 * The model called a function with arguments that are no JSON or do not match its schema. The handler did not run, and the model
 * received the issues. It is in the cause chain of the reported {@link FunctionCallError}.
 */
export class InvalidArgumentsError extends TavusTransportError {
  /** Machine-readable code of the error. */
  readonly code = "invalidArguments";
  /** Name of the function. */
  readonly functionName: string;
  /** One line per invalid argument. */
  readonly issues: readonly string[];

  constructor(functionName: string, issues: readonly string[]) {
    super(`The arguments do not match the schema: ${issues.join("; ")}`);
    this.functionName = functionName;
    this.issues = issues;
  }
}
