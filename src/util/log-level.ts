import type { EnvironmentVariables } from "./environment.ts";

/** The environment variable that sets the level of the default logger and of the command line. */
export const LOG_VARIABLE = "TAVUS_TRANSPORT_LOG";

const LEVELS = ["debug", "info", "warn", "error", "off"] as const;

/** The least severe lines that are logged; "off" logs none. */
export type LogLevel = (typeof LEVELS)[number];

/** What the environment says about the level. */
export interface LogLevelSetting {
  /** "warn" where the variable is not set, is empty or has an unknown value. */
  readonly level: LogLevel;
  /** What is wrong with the value of the variable, as one line. */
  readonly problem?: string;
}

/** Reads the level from {@link LOG_VARIABLE}, in upper or lower case. */
export function readLogLevel(env: EnvironmentVariables): LogLevelSetting {
  const value = env[LOG_VARIABLE]?.trim().toLowerCase() ?? "";
  if (value === "") return { level: "warn" };
  const level = LEVELS.find((name) => name === value);
  if (level !== undefined) return { level };
  const rule = `must be one of ${LEVELS.join(", ")}`;
  return { level: "warn", problem: `${LOG_VARIABLE}: ${rule}; logging warnings and errors.` };
}

/** Whether a line of `line` severity is logged at `level`. */
export function isLogged(line: LogLevel, level: LogLevel): boolean {
  return level !== "off" && LEVELS.indexOf(line) >= LEVELS.indexOf(level);
}
