import type { Environment } from "../util/environment.ts";
import type { Clock } from "../util/clock.ts";
import type { Logger } from "../util/logger.ts";

/** The world as a command sees it, so that tests can be one. */
export interface CliIo {
  readonly env: Environment;
  readonly clock: Clock;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Whether there is a person to ask. */
  readonly interactive: boolean;
  /** A line of the result, on standard output. */
  out(line: string): void;
  /** A line about what is going on, on standard error. */
  err(line: string): void;
  /** Asks for something that must not be seen. */
  askSecret(question: string): Promise<string>;
  confirm(question: string): Promise<boolean>;
}

/** Warnings of the library, as lines on standard error. */
export function createLogger(io: CliIo): Logger {
  const line = (message: string, fields?: Readonly<Record<string, unknown>>): void => {
    io.err(fields === undefined ? message : `${message} ${JSON.stringify(fields)}`);
  };
  return { debug: () => undefined, info: () => undefined, warn: line, error: line };
}
