/** What every error of this library accepts besides its message. */
export interface TavusTransportErrorOptions {
  /** Whether the same call may succeed later without any change. Default false. */
  readonly retryable?: boolean;
  /** The error that led to this one. Default: none. */
  readonly cause?: unknown;
}

/**
 * The base class of every error that this library throws or reports. Programs read `code`; people read `message`, which
 * says what happened and what to do next.
 */
export abstract class TavusTransportError extends Error {
  /** The kind of failure, for programs. */
  abstract readonly code: string;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;

  constructor(message: string, options: TavusTransportErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.retryable = options.retryable ?? false;
  }
}

/** A wait exceeded its deadline. Retryable unless its options say otherwise. */
export class DeadlineError extends TavusTransportError {
  readonly code = "timeout";
  /** The deadline, in milliseconds. */
  readonly timeoutMs: number;

  constructor(what: string, timeoutMs: number, options: TavusTransportErrorOptions = {}) {
    super(`${what} took longer than ${timeoutMs} ms.`, { retryable: true, ...options });
    this.timeoutMs = timeoutMs;
  }
}

/** An option or argument is invalid. The message names the field and the rule. */
export class InvalidOptionError extends TavusTransportError {
  readonly code = "invalidOption";
  /** The invalid field, or the name of the whole set of options when `problems` lists several. */
  readonly field: string;
  /** Every problem found, each with its field, so that they can be fixed in one pass. */
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

/** Converts any thrown value to an Error. Anything can be thrown, and some values cannot even be printed. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  if (typeof thrown === "string") return new Error(thrown);
  try {
    // TypeScript says that this is a string; for undefined, functions and symbols it is undefined.
    const json = JSON.stringify(thrown) as string | undefined;
    return new Error(json ?? String(thrown));
  } catch {
    return new Error("a value that cannot be printed was thrown");
  }
}
