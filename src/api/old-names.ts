import type { EnvironmentVariables } from "../util/environment.ts";
import type { Logger } from "../util/logger.ts";

/** The names already warned about, per logger. With the default logger, that is once per process. */
const warned = new WeakMap<Logger, Set<string>>();

/** A value with the name of the option that it was passed as. */
export interface NamedValue {
  readonly name: string;
  readonly value: string | undefined;
}

/** Supports the names from before replica became face and persona became PAL, and warns about each of them once. */
export class OldNames {
  readonly #logger: Logger;
  readonly #env: EnvironmentVariables;

  constructor(logger: Logger, env: EnvironmentVariables = process.env) {
    this.#logger = logger;
    this.#env = env;
  }

  /** Warns that an old name was used. Does nothing if the logger has had the warning. */
  warn(oldName: string, newName: string): void {
    const names = warned.get(this.#logger) ?? new Set();
    warned.set(this.#logger, names);
    if (names.has(oldName)) return;
    names.add(oldName);
    this.#logger.warn(`${oldName} is an old name; use ${newName}.`);
  }

  /** Picks the new option, else the old option, else the new variable, else the old variable. Warns about old names. */
  pick(
    option: NamedValue,
    oldOption: NamedValue,
    variable?: { readonly name: string; readonly oldName: string },
  ): string | undefined {
    if (oldOption.value !== undefined) this.warn(oldOption.name, option.name);
    const given = option.value ?? oldOption.value;
    if (given !== undefined || variable === undefined) return given;
    const fromEnv = this.#variable(variable.name);
    if (fromEnv !== undefined) return fromEnv;
    const fromOldEnv = this.#variable(variable.oldName);
    if (fromOldEnv !== undefined) this.warn(variable.oldName, variable.name);
    return fromOldEnv;
  }

  #variable(name: string): string | undefined {
    const value = this.#env[name]?.trim();
    // Shells often express "not set" as an empty variable.
    return value === "" ? undefined : value;
  }
}

export const FACE_VARIABLE = { name: "TAVUS_FACE_ID", oldName: "TAVUS_REPLICA_ID" } as const;
export const PAL_VARIABLE = { name: "TAVUS_PAL_ID", oldName: "TAVUS_PERSONA_ID" } as const;
