import type { HttpApiError, HttpApiErrorOptions } from "./http-api-error.ts";

/** An answer whose status is not 2xx. The API key must already have been removed from `text`. */
export interface ErrorAnswer {
  readonly method: string;
  /** The path as messages may show it, without secrets. */
  readonly path: string;
  readonly status: number;
  readonly text: string;
  readonly retryAfterMs: number | undefined;
}

/** What `ApiHttp` has to know of the service that it sends requests to. */
export interface HttpService {
  /** Its name, for messages. */
  readonly name: string;
  /** The headers that authenticate a request. */
  readonly authHeaders: (apiKey: string) => Readonly<Record<string, string>>;
  /** Converts an answer whose status is not 2xx. */
  readonly toError: (answer: ErrorAnswer) => HttpApiError;
  /** Creates the error for a request without a complete answer. */
  readonly connectionError: (
    code: "timeout" | "unreachable",
    message: string,
    options: HttpApiErrorOptions & { readonly delivered: "no" | "unknown" },
  ) => HttpApiError;
  /** Creates the error for an answer that is too large to be read. */
  readonly tooLarge: (message: string, status: number) => HttpApiError;
}
