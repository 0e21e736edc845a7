import { parseArgs } from "node:util";

import { asError } from "../util/errors.ts";
import type { CliIo } from "./io.ts";
import { UsageError } from "./usage-error.ts";

/** One option of a command. */
export interface OptionSpec {
  readonly type: "string" | "boolean";
  /** The placeholder for the value in the help. */
  readonly value?: string;
  readonly help: string;
}

/** The option values by name. An option that was not given is absent. */
export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

/** One invocation of a command. */
export interface CommandCall {
  readonly io: CliIo;
  readonly options: OptionValues;
  readonly names: readonly string[];
  /** Whether to print the result as JSON, for scripts. */
  readonly json: boolean;
}

/** A command of the command line. */
export interface Command {
  /** The name as it is typed: "conversations list". */
  readonly name: string;
  /** The arguments besides options: "<id>…" means one or more. Default: none. */
  readonly takes?: "<id>" | "<id>…" | "<file>";
  readonly help: string;
  readonly options?: Readonly<Record<string, OptionSpec>>;
  /** Runs the command and resolves to the exit code. */
  run(call: CommandCall): Promise<number>;
}

export const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  json: { type: "boolean", help: "print JSON, and nothing else, to standard output" },
  help: { type: "boolean", help: "print this text" },
};

/** Options of commands that call the API. The key has no option: every user of a machine can read command lines. */
export const API_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  "api-url": { type: "string", value: "URL", help: "URL of the API (default: TAVUS_API_URL, else Tavus)" },
};

/** Parses the arguments after the command's name. Throws a UsageError. */
export function readArguments(
  command: Command,
  argv: readonly string[],
): { readonly options: OptionValues; readonly names: readonly string[] } {
  const specs = { ...command.options, ...COMMON_OPTIONS };
  let parsed;
  try {
    parsed = parseArgs({
      args: [...argv],
      options: Object.fromEntries(Object.entries(specs).map(([name, { type }]) => [name, { type }])),
      allowPositionals: true,
    });
  } catch (thrown) {
    throw new UsageError(`${toSentence(thrown)} See "tavus-transport ${command.name} --help".`);
  }
  const options = parsed.values as OptionValues;
  const names = parsed.positionals;
  const wanted = command.takes === undefined ? 0 : 1;
  const fits = command.takes === "<id>…" ? names.length >= wanted : names.length === wanted;
  if (options.help !== true && !fits) {
    const takes = command.takes === undefined ? "takes no arguments" : `takes ${command.takes}`;
    throw new UsageError(`${command.name} ${takes}. See "tavus-transport ${command.name} --help".`);
  }
  return { options, names };
}

/** The first sentence of parseArgs' message; the rest explains its own quoting rules. */
function toSentence(thrown: unknown): string {
  const [sentence = ""] = asError(thrown).message.split(". ");
  return sentence.endsWith(".") ? sentence : `${sentence}.`;
}

/** Parses a whole number from an option. `or` is a word that the message offers as an alternative. */
export function parseWholeNumber(
  options: OptionValues,
  name: string,
  min: number,
  max: number,
  or?: string,
): number | undefined {
  const given = options[name];
  if (given === undefined) return undefined;
  const value = Number(given);
  if (!Number.isInteger(value) || value < min || value > max || String(given).trim() === "") {
    const alternative = or === undefined ? "" : ` or ${or}`;
    throw new UsageError(`--${name} must be a whole number from ${min} to ${max}${alternative}.`);
  }
  return value;
}

/** Parses an option that must be one of `choices`. Throws a UsageError. */
export function parseChoice<T extends string>(
  options: OptionValues,
  name: string,
  choices: readonly T[],
): T | undefined {
  const given = options[name];
  if (given === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === given);
  if (choice === undefined) throw new UsageError(`--${name} must be ${choices.join(" or ")}.`);
  return choice;
}
