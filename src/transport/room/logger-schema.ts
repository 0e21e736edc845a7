import { z } from "zod";

import type { Logger } from "../../util/logger.ts";

function isLogger(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const methods = value as Record<string, unknown>;
  return ["debug", "info", "warn", "error"].every((name) => typeof methods[name] === "function");
}

/** The option `logger` of a transport. */
export const loggerSchema = z.custom<Logger>(isLogger, "must have the methods debug, info, warn and error");
