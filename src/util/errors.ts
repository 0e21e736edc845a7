export interface TavusTransportErrorOptions {
  /** Whether the same call may succeed later without anything being changed. Default false. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/**
 * The base of every error this library throws or reports. `code` is for programs, `message` for people: it says what
 * happened and, after it, what to do next.
 */
export abstract class TavusTransportError extends Error {
  abstract readonly code: string;
  readonly retryable: boolean;

  constructor(message: string, options: TavusTransportErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.retryable = options.retryable ?? false;
  }
}

/** A wait ran past its bound. */
export class DeadlineError extends TavusTransportError {
  readonly code = "timeout";
  readonly timeoutMs: number;

  constructor(what: string, timeoutMs: number, options: TavusTransportErrorOptions = {}) {
    super(`${what} took longer than ${timeoutMs} ms.`, { retryable: true, ...options });
    this.timeoutMs = timeoutMs;
  }
}

/** An option or argument that cannot work. The message names the field and the rule. */
export class InvalidOptionError extends TavusTransportError {
  readonly code = "invalidOption";
  /** The field at fault, or the whole set of options where `problems` lists several. */
  readonly field: string;
  /** Every problem found, each with its field, so that one round fixes them all. */
  readonly problems: readonly string[];

  constructor(field: string, rule: string | readonly string[]) {
    const rules = typeof rule === "string" ? [rule] : rule;
    super(typeof rule === "string" ? `${field}: ${rule}` : listProblems(field, rules));
    this.field = field;
    this.problems = typeof rule === "string" ? [`${field}: ${rule}`] : rules;
  }
}

function listProblems(what: string, problems: readonly string[]): string {
  const count = problems.length === 1 ? "one problem" : `${problems.length} problems`;
  return [`${what}: ${count}.`, ...problems].join("\n  ");
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
