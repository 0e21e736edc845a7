import { TavusTransportError, type TavusTransportErrorOptions } from "../../util/errors.ts";

/** The details of an {@link HttpApiError}. */
export interface HttpApiErrorOptions extends TavusTransportErrorOptions {
  /** The HTTP status, if there was an answer. */
  readonly status?: number | undefined;
  /** The message in the server's answer. */
  readonly serverMessage?: string | undefined;
  /** The pause that the server asks for, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** The base class of all failures of the Tavus API and of Daily's. Never contains an API key or a token. */
export abstract class HttpApiError extends TavusTransportError {
  /** The HTTP status. Undefined without an answer. */
  readonly status: number | undefined;
  /** The message in the server's answer, at most 300 characters. Undefined when it had none. */
  readonly serverMessage: string | undefined;
  /** The pause that the server asks for (header Retry-After), in milliseconds. Undefined when it asks for none. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: HttpApiErrorOptions = {}) {
    super(message, options);
    this.status = options.status;
    this.serverMessage = options.serverMessage;
    this.retryAfterMs = options.retryAfterMs;
  }
}
