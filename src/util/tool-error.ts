import { DeadlineError, TavusTransportError, type TavusTransportErrorOptions } from "./errors.ts";

/**
 * A failure whose message is written for the model. Throw it from a function or a tool, with the real error as `cause`:
 * the model gets this message, the `error` event and the log get the cause. Of all other errors the model gets a neutral
 * text, since an error's message may hold anything, such as an address with its password.
 */
export class ToolError extends TavusTransportError {
  readonly code = "tool";

  constructor(messageForModel: string, options: Pick<TavusTransportErrorOptions, "cause"> = {}) {
    super(messageForModel, options);
  }
}

/** What a model may know of an error of a function or a tool. */
export function errorTextForModel(error: Error): string {
  if (error instanceof ToolError) return error.message;
  return error instanceof DeadlineError
    ? "The function took too long and gave no result."
    : "The function failed and gave no result.";
}
