import { COMMON_OPTIONS, type Command, type OptionSpec } from "./command.ts";

/** Formats the list of commands. */
export function formatOverview(commands: readonly Command[]): string {
  const rows = commands.map(({ name, takes = "", help }) => [`  ${name} ${takes}`.trimEnd(), help] as const);
  return [
    "tavus-transport <command> [options]",
    "",
    ...alignRows(rows),
    "",
    "  Add --help to a command to see its options; --version prints the version.",
    "",
    "The API key is read from TAVUS_API_KEY or asked for; it is never an argument.",
    "Without an account: tavus-transport emulator",
  ].join("\n");
}

/** Formats the help of one command. */
export function formatHelp({ name, takes, help, options = {} }: Command): string {
  const usage = ["tavus-transport", name, takes, "[options]"].filter((part) => part !== undefined).join(" ");
  const rows = Object.entries({ ...options, ...COMMON_OPTIONS }).map(
    ([option, spec]) => [`  --${option}${describeValue(spec)}`, spec.help] as const,
  );
  return [usage, "", help, "", ...alignRows(rows)].join("\n");
}

function describeValue({ value }: OptionSpec): string {
  return value === undefined ? "" : ` ${value}`;
}

function alignRows(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`);
}
