export interface TransportErrorOptions {
  /** Whether the same call may succeed later without anything being changed. Default false. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/**
 * The base of every error this library throws or reports. `code` is for programs, `message` for people: it says what
 * happened and, after it, what to do next.
 */
export abstract class TransportError extends Error {
  abstract readonly code: string;
  readonly retryable: boolean;

  constructor(message: string, options: TransportErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.retryable = options.retryable ?? false;
  }
}

/** A wait ran past its bound. */
export class DeadlineError extends TransportError {
  readonly code = "timeout";
  readonly timeoutMs: number;

  constructor(what: string, timeoutMs: number, options: TransportErrorOptions = {}) {
    super(`${what} took longer than ${timeoutMs} ms.`, { retryable: true, ...options });
    this.timeoutMs = timeoutMs;
  }
}

/** The caller passed something that cannot work; the message names the field and the rule. */
export class InvalidOptionError extends TransportError {
  readonly code = "invalidOption";
  readonly field: string;

  constructor(field: string, rule: string) {
    super(`${field}: ${rule}`);
    this.field = field;
  }
}

/** Any thrown value as an Error; anything can be thrown, and some of it cannot even be printed. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  if (typeof thrown === "string") return new Error(thrown);
  try {
    // TypeScript says that this is a string; for undefined, functions and symbols it is not.
    const json = JSON.stringify(thrown) as string | undefined;
    return new Error(json ?? String(thrown));
  } catch {
    return new Error("something was thrown that cannot be shown");
  }
}
