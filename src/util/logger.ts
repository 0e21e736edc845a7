import { systemClock } from "./clock.ts";
import { isLogged, type LogLevel, readLogLevel } from "./log-level.ts";
import { formatLogLine } from "./log-line.ts";

/** The fields of a log line next to its message. Never put a key, a token or a room URL with a token in it. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The one interface the library logs through; `console`, pino and others fit with a line of glue. */
export interface Logger {
  /** A detail of a call: the runtime, who is in the room, captures, interruptions. Never one line per audio chunk. */
  debug(message: string, fields?: LogFields): void;
  /** A milestone of a call: created, joined, the pal is in the room, ended. */
  info(message: string, fields?: LogFields): void;
  /** Something was lost, ignored or replaced by a fallback; the call continues. */
  warn(message: string, fields?: LogFields): void;
  /** Something failed for good. */
  error(message: string, fields?: LogFields): void;
}

function ignore(): void {
  // Silence is the point.
}

/** Logs nothing. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/**
 * The library's default: lines on standard error, since standard output belongs to the application. Logs warnings and
 * errors, unless the environment variable `TAVUS_TRANSPORT_LOG` names another level: `debug`, `info`, `warn`, `error` or
 * `off`. The variable is read once, at the first line.
 */
export const consoleLogger: Logger = {
  debug: (message, fields) => {
    getConsole().debug(message, fields);
  },
  info: (message, fields) => {
    getConsole().info(message, fields);
  },
  warn: (message, fields) => {
    getConsole().warn(message, fields);
  },
  error: (message, fields) => {
    getConsole().error(message, fields);
  },
};

/** A logger that formats each line of at least `level` and passes it on as one string. */
export function createLineLogger(level: LogLevel, write: (line: string, severity: keyof Logger) => void): Logger {
  const createLine = (severity: keyof Logger): Logger["debug"] =>
    isLogged(severity, level)
      ? (message, fields) => {
          write(formatLogLine(message, fields), severity);
        }
      : ignore;
  return { debug: createLine("debug"), info: createLine("info"), warn: createLine("warn"), error: createLine("error") };
}

let ofConsole: Logger | undefined;

/** Made at the first line, and not at the import: by then the application may have read its .env file. */
function getConsole(): Logger {
  if (ofConsole) return ofConsole;
  const { level, problem } = readLogLevel(process.env);
  const isVerbose = isLogged("info", level);
  ofConsole = createLineLogger(level, (line, severity) => {
    // Who asked for the story of a call wants to see when each line was written.
    const head = isVerbose ? `[tavus-transport] ${timeOfDay()} ${severity.padEnd(5)}` : "[tavus-transport]";
    if (severity === "error") console.error(`${head} ${line}`);
    else console.warn(`${head} ${line}`);
  });
  if (problem !== undefined) ofConsole.warn(problem);
  return ofConsole;
}

/** UTC, as "17:03:09.042". */
function timeOfDay(): string {
  return new Date(systemClock.wallMs()).toISOString().slice(11, -1);
}
