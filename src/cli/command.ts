import { parseArgs } from "node:util";

import { asError } from "../util/errors.ts";
import type { CliIo } from "./io.ts";
import { UsageError } from "./usage-error.ts";

export interface OptionSpec {
  readonly type: "string" | "boolean";
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly help: string;
}

/** Values of the options by name; an option that was not given is absent. */
export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

export interface CommandCall {
  readonly io: CliIo;
  readonly options: OptionValues;
  readonly names: readonly string[];
  /** Whether the result is for a script. */
  readonly json: boolean;
}

export interface Command {
  /** As it is typed, "conversations list". */
  readonly name: string;
  /** What it takes beside options: "<id>…" for one or more. Default: nothing. */
  readonly takes?: "<id>" | "<id>…";
  readonly help: string;
  readonly options?: Readonly<Record<string, OptionSpec>>;
  /** Resolves to the exit code. */
  run(call: CommandCall): Promise<number>;
}

export const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  json: { type: "boolean", help: "print JSON on standard output, and nothing else" },
  help: { type: "boolean", help: "this text" },
};

/** For commands that call the API. The key has no option: command lines are seen by everyone on a machine. */
export const API_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  "api-url": { type: "string", value: "URL", help: "the API (default: TAVUS_API_URL, else Tavus)" },
};

/** Reads what stands behind the command's name. Throws a UsageError. */
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

/** The first sentence of parseArgs; the rest is about its own way of quoting. */
function toSentence(thrown: unknown): string {
  const [sentence = ""] = asError(thrown).message.split(". ");
  return sentence.endsWith(".") ? sentence : `${sentence}.`;
}

/** A whole number from an option. `or`: a word that may stand for one, for the message. */
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
  if (!Number.isInteger(value) || value < min || value > max || given === "") {
    const alternative = or === undefined ? "" : ` or ${or}`;
    throw new UsageError(`--${name} must be a whole number from ${min} to ${max}${alternative}.`);
  }
  return value;
}

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
