import { asError, TavusTransportError } from "../util/errors.ts";
import { ToolError } from "../util/tool-error.ts";

/** A service was given work after a failure that trying again cannot mend; reported once, the work is dropped. */
export class ServiceUnusableError extends TavusTransportError {
  readonly code = "serviceUnusable";
  readonly service: string;

  constructor(service: string) {
    super(`${service} is unusable after an earlier error and drops its work; change its settings to try again.`);
    this.service = service;
  }
}

/** A text-to-speech service has answered without any audio; several times in a row, that makes it unusable. */
export class SilentServiceError extends TavusTransportError {
  readonly code = "silentService";
  readonly service: string;
  readonly silentContexts: number;

  constructor(service: string, silentContexts: number) {
    const times = silentContexts === 1 ? "" : ` ${silentContexts} times in a row`;
    super(`${service} gave no audio${times}; check its voice, model and quota.`);
    this.service = service;
    this.silentContexts = silentContexts;
  }
}

/** The model asked for a function that nobody registered. */
export class UnknownFunctionError extends TavusTransportError {
  readonly code = "unknownFunction";
  readonly functionName: string;

  constructor(functionName: string) {
    super(`There is no function "${functionName}"; register it with registerFunction, or a fallback for all others.`);
    this.functionName = functionName;
  }
}

/**
 * The handler of a function the model called has failed. `cause` is what it threw; the model got a neutral text, or the
 * message of a `ToolError`.
 */
export class FunctionCallError extends TavusTransportError {
  readonly code = "functionCall";
  readonly functionName: string;

  constructor(functionName: string, cause: Error) {
    const reason = cause instanceof ToolError && cause.cause !== undefined ? asError(cause.cause) : cause;
    super(`The function "${functionName}" failed: ${reason.message}`, { cause });
    this.functionName = functionName;
  }
}

/** The model called a function with arguments that do not fit its schema; it was told so, and the handler did not run. */
export class InvalidArgumentsError extends TavusTransportError {
  readonly code = "invalidArguments";
  readonly functionName: string;
  /** What is wrong, one line for each. */
  readonly issues: readonly string[];

  constructor(functionName: string, issues: readonly string[]) {
    super(`The arguments do not fit: ${issues.join("; ")}`);
    this.functionName = functionName;
    this.issues = issues;
  }
}
