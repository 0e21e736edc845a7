import { createRequire } from "node:module";

import { asError, InvalidOptionError } from "../util/errors.ts";
import { readArguments, type Command } from "./command.ts";
import { chatCommand } from "./commands/chat.ts";
import { conversationCommands } from "./commands/conversations.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { emulatorCommand } from "./commands/emulator.ts";
import { faceCommands } from "./commands/faces.ts";
import { palCommands } from "./commands/pals.ts";
import { EXIT } from "./exit-codes.ts";
import { formatHelp, formatOverview } from "./help.ts";
import type { CliIo } from "./io.ts";
import { makePrintable } from "./table.ts";
import { UsageError } from "./usage-error.ts";

const COMMANDS: readonly Command[] = [
  emulatorCommand,
  chatCommand,
  doctorCommand,
  ...conversationCommands,
  ...palCommands,
  ...faceCommands,
];

/** Runs one command line (without node and the script) and resolves to the exit code. Never rejects. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  try {
    return await run(argv, io);
  } catch (thrown) {
    if (io.signal.aborted) {
      io.err("Interrupted.");
      return EXIT.interrupted;
    }
    const error = asError(thrown);
    for (const line of error.message.split("\n")) io.err(makePrintable(line));
    return error instanceof UsageError || error instanceof InvalidOptionError ? EXIT.usage : EXIT.failed;
  }
}

async function run(argv: readonly string[], io: CliIo): Promise<number> {
  if (argv.some((argument) => /^--?(?:api-?|x-api-)?key(?:=|$)/i.test(argument))) {
    throw new UsageError(
      "The key is never an argument: other users can read command lines. Set TAVUS_API_KEY, or enter it when asked.",
    );
  }
  const [first = "help", second = ""] = argv;
  if (argv.length === 0) {
    io.err(formatOverview(COMMANDS));
    return EXIT.usage;
  }
  if (first === "help" || first === "--help" || first === "-h") {
    io.out(formatOverview(COMMANDS));
    return EXIT.ok;
  }
  if (first === "--version" || first === "-v") {
    io.out(packageVersion());
    return EXIT.ok;
  }
  const command = COMMANDS.find(({ name }) => name === first || name === `${first} ${second}`);
  if (!command) return notFound(first, argv.includes("--help"), io);
  const rest = argv.slice(command.name.split(" ").length);
  const { options, names } = readArguments(command, rest);
  if (options.help === true) {
    io.out(formatHelp(command));
    return EXIT.ok;
  }
  return await command.run({ io, options, names, json: options.json === true });
}

/** Handles a group without a command, and names that no command has. */
function notFound(first: string, wantsHelp: boolean, io: CliIo): number {
  const group = COMMANDS.filter(({ name }) => name.startsWith(`${first} `));
  if (group.length === 0) throw new UsageError(`There is no command "${first}". See "tavus-transport --help".`);
  if (wantsHelp) io.out(formatOverview(group));
  else io.err(formatOverview(group));
  return wantsHelp ? EXIT.ok : EXIT.usage;
}

function packageVersion(): string {
  return (createRequire(import.meta.url)("../../package.json") as { version: string }).version;
}
