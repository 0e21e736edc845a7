/** What a log line may carry beside its words. Never put a key, a token or a room URL with a token in it. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The one interface the library logs through; `console`, pino and others fit with a line of glue. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

function ignore(): void {
  // Silence is the point.
}

/** Logs nothing. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Warnings and errors to standard error; the library's default. Standard output stays the application's. */
export const consoleLogger: Logger = {
  debug: ignore,
  info: ignore,
  warn: (message, fields) => {
    console.warn(`[tavus-transport] ${message}`, ...(fields ? [fields] : []));
  },
  error: (message, fields) => {
    console.error(`[tavus-transport] ${message}`, ...(fields ? [fields] : []));
  },
};
