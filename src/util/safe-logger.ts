import { consoleLogger, type LogFields, type Logger } from "./logger.ts";
import { isThenable } from "./thenable.ts";

/** The guard of each logger: one only, so that what is remembered by logger (names warned of) stays remembered. */
const guards = new WeakMap<Logger, Logger>();
const isGuard = new WeakSet<Logger>();

/**
 * A logger that never throws and never leaves a rejection behind, whatever the application's does: a log line is no
 * reason to fail a call, and in a handler of unhandled rejections a failing one would call itself forever. Wrap where a
 * logger enters the library; wrapping twice is harmless. The first failure of a logger is reported on standard error.
 */
export function safeLogger(logger: Logger = consoleLogger): Logger {
  if (isGuard.has(logger)) return logger;
  const known = guards.get(logger);
  if (known) return known;
  const report = reportOnce();
  const guarded =
    (level: keyof Logger) =>
    (message: string, fields?: LogFields): void => {
      try {
        // A logger may be asynchronous although its type says otherwise. Without fields it gets one argument.
        const args: [string, LogFields?] = fields === undefined ? [message] : [message, fields];
        // eslint-disable-next-line @typescript-eslint/no-confusing-void-expression -- it may return something all the same
        const result = logger[level](...args) as unknown;
        if (isThenable(result)) {
          void result.then(undefined, () => {
            report(level);
          });
        }
      } catch {
        report(level);
      }
    };
  const guard: Logger = {
    debug: guarded("debug"),
    info: guarded("info"),
    warn: guarded("warn"),
    error: guarded("error"),
  };
  guards.set(logger, guard);
  isGuard.add(guard);
  return guard;
}

/** What was thrown is not printed: it may hold what the logger was to hide, and reading it may throw again. */
function reportOnce(): (level: string) => void {
  let reported = false;
  return (level) => {
    if (reported) return;
    reported = true;
    try {
      consoleLogger.error(`The logger's "${level}" failed; lines may be missing. Check the logger.`);
    } catch {
      // Nobody is left to hear of it.
    }
  };
}
