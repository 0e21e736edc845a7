import { DeadlineError, TavusTransportError, type TavusTransportErrorOptions } from "./errors.ts";

/**
 * A failure whose message is written for the model. Throw it from a function or a tool, with the real error as `cause`:
 * the model receives this message; the `error` event and the log receive the cause. For every other error, the model
 * receives a neutral text, because an error message may contain anything, such as a URL with its password.
 */
export class ToolError extends TavusTransportError {
  readonly code = "tool";

  /** `messageForModel` is sent to the model as it is; `cause` never is. */
  constructor(messageForModel: string, options: Pick<TavusTransportErrorOptions, "cause"> = {}) {
    super(messageForModel, options);
  }
}

/** The text that the model receives for an error of a function or a tool. */
export function errorTextForModel(error: Error): string {
  if (error instanceof ToolError) return error.message;
  return error instanceof DeadlineError
    ? "The function took too long and gave no result."
    : "The function failed and gave no result.";
}
