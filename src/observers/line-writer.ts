import type { Logger } from "../util/logger.ts";
import { safeLogger } from "../util/safe-logger.ts";

/** Where lines are written: a function, or a logger at level "info". */
export type LineTarget = Logger | ((line: string) => void);

/** Returns a function that writes lines to the target, by default to standard error. */
export function createLineWriter(to: LineTarget | undefined): (line: string) => void {
  if (typeof to === "function") return to;
  if (to !== undefined) {
    const logger = safeLogger(to);
    return (line) => logger.info(line);
  }
  return (line) => process.stderr.write(`${line}\n`);
}
