import type { EnvironmentVariables } from "../util/environment.ts";
import type { Clock } from "../util/clock.ts";
import { readLogLevel } from "../util/log-level.ts";
import { createLineLogger, type Logger } from "../util/logger.ts";
import type { ChatConsole } from "./chat/chat-console.ts";

/** Everything that a command reads from or writes to, so that tests can replace it. */
export interface CliIo {
  readonly env: EnvironmentVariables;
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
  /** Opens the input for a chat. `isLive`: with a prompt, where there is a terminal. */
  openChat(options: { readonly isLive: boolean }): ChatConsole;
}

/** One logger per run of a command, so that a wrong level is reported once. */
const loggers = new WeakMap<CliIo, Logger>();

/** Creates a logger that writes to standard error, at the level of TAVUS_TRANSPORT_LOG. Default: warnings and errors. */
export function createLogger(io: CliIo): Logger {
  const known = loggers.get(io);
  if (known) return known;
  const { level, problem } = readLogLevel(io.env);
  const logger = createLineLogger(level, (line) => {
    io.err(line);
  });
  loggers.set(io, logger);
  if (problem !== undefined) logger.warn(problem);
  return logger;
}
