import type { Environment } from "../util/environment.ts";
import type { Logger } from "../util/logger.ts";

/** Which names were warned about, for each logger: with the default logger, once in a process. */
const warned = new WeakMap<Logger, Set<string>>();

export interface NamedValue {
  readonly name: string;
  readonly value: string | undefined;
}

/** The names from before replica became face and persona became PAL: they work, and each is warned about once. */
export class OldNames {
  readonly #logger: Logger;
  readonly #env: Environment;

  constructor(logger: Logger, env: Environment = process.env) {
    this.#logger = logger;
    this.#env = env;
  }

  warn(oldName: string, newName: string): void {
    const names = warned.get(this.#logger) ?? new Set();
    warned.set(this.#logger, names);
    if (names.has(oldName)) return;
    names.add(oldName);
    this.#logger.warn(`${oldName} is an old name; use ${newName}.`);
  }

  /** The new option, else the old one, else the new variable, else the old one. */
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
    // An empty variable is how shells say "not set".
    return value === "" ? undefined : value;
  }
}

export const FACE_VARIABLE = { name: "TAVUS_FACE_ID", oldName: "TAVUS_REPLICA_ID" } as const;
export const PAL_VARIABLE = { name: "TAVUS_PAL_ID", oldName: "TAVUS_PERSONA_ID" } as const;
