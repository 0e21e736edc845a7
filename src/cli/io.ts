import type { Environment } from "../util/environment.ts";
import type { Clock } from "../util/clock.ts";
import type { Logger } from "../util/logger.ts";

/** Everything that a command reads from or writes to, so that tests can replace it. */
export interface CliIo {
  readonly env: Environment;
  readonly clock: Clock;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Whether a person can answer questions. */
  readonly interactive: boolean;
  /** Writes a line of the result to standard output. */
  out(line: string): void;
  /** Writes a line about progress or problems to standard error. */
  err(line: string): void;
  /** Asks for a secret; the answer is not echoed. */
  askSecret(question: string): Promise<string>;
  /** Asks a yes-or-no question; resolves to true for yes. */
  confirm(question: string): Promise<boolean>;
}

/** Creates a logger that writes the library's warnings and errors to standard error. */
export function createLogger(io: CliIo): Logger {
  const line = (message: string, fields?: Readonly<Record<string, unknown>>): void => {
    io.err(fields === undefined ? message : `${message} ${JSON.stringify(fields)}`);
  };
  return { debug: () => undefined, info: () => undefined, warn: line, error: line };
}
