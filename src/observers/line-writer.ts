import type { Logger } from "../util/logger.ts";
import { safeLogger } from "../util/safe-logger.ts";

/** A function, or a logger, which gets lines at level "info". */
export type LineTarget = Logger | ((line: string) => void);

/** Default: standard error. */
export function lineWriter(to: LineTarget | undefined): (line: string) => void {
  if (typeof to === "function") return to;
  if (to !== undefined) {
    const logger = safeLogger(to);
    return (line) => logger.info(line);
  }
  return (line) => process.stderr.write(`${line}\n`);
}
