import { consoleLogger, type LogFields, type Logger } from "./logger.ts";
import { isThenable } from "./thenable.ts";

/** One guard per logger, so that state keyed by logger (such as names already warned about) is kept. */
const guards = new WeakMap<Logger, Logger>();
const isGuard = new WeakSet<Logger>();

/**
 * Wraps a logger so that it never throws and never leaves a rejection unhandled: a log line must not fail a call, and
 * in an unhandled-rejection handler, a failing logger would call itself forever. Wrap every logger where it enters the
 * library; wrapping twice is harmless. The first failure of a logger is reported on standard error.
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
        // A logger may be asynchronous although its type says otherwise. Without fields, it receives one argument.
        const args: [string, LogFields?] = fields === undefined ? [message] : [message, fields];
        // eslint-disable-next-line @typescript-eslint/no-confusing-void-expression -- it may return a promise all the same
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

/** Does not print the thrown value: it may contain what the logger should hide, and reading it may throw again. */
function reportOnce(): (level: string) => void {
  let reported = false;
  return (level) => {
    if (reported) return;
    reported = true;
    try {
      consoleLogger.error(`The logger's "${level}" failed; lines may be missing. Check the logger.`);
    } catch {
      // There is nowhere left to report it.
    }
  };
}
