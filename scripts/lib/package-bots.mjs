// Runs the bots of the README and the examples in a project with the package installed, with a user that talks to them.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startBackground } from "./background.mjs";
import { readmeBlock } from "./package-files.mjs";
import { capture } from "./process.mjs";

/** Node 24.0 to 24.2 print this warning for TypeScript files. */
const STRIPPING_IS_NEW = /\(node:\d+\) ExperimentalWarning: Type Stripping .*\n\(Use `.*\n/g;

/** Starts the bot, has a user talk to it and leave, and expects it to end without an error. */
async function converseWith(file, { node, project, env, findUrl }) {
  const bot = startBackground(node, [file], { cwd: project, env });
  try {
    const url = await (findUrl?.(bot) ??
      bot.until(`${file} is connected`, ({ stdout }) => /Open (\S+) in Chrome/.exec(stdout)?.[1]));
    const user = await capture(node, [join("test", "pack", "talk-to.mjs"), url], { cwd: project, env });
    if (user.code !== 0) throw new Error(`A user of ${file} (${String(user.code ?? user.signal)}):\n${user.output}`);
    const { code, stdout, stderr } = await bot.whenEnded();
    if (code !== 0 || stderr.replaceAll(STRIPPING_IS_NEW, "") !== "")
      throw new Error(`${file} did not end well (${String(code)})\n${stdout}${stderr}`);
  } finally {
    await bot.stop();
  }
}

/** Runs the README's smallest bot, exactly as shown. */
export async function runSmallestBot(options) {
  const code = readmeBlock(join(options.project, "node_modules", "tavus-transport"), "The smallest bot", "ts");
  writeFileSync(join(options.project, "smallest-bot.ts"), code);
  await converseWith("smallest-bot.ts", options);
}

/** Runs an example, copied out of the package as the README says: Node runs no TypeScript inside node_modules. */
export async function runExample(name, options) {
  await converseWith(join("examples", name), options);
}

/** Runs the README's whole bot against a running emulator. */
export async function runWholeBot(emulator, variables, { env, ...options }) {
  const findUrl = async (bot) => {
    for (;;) {
      await bot.until("the whole bot still runs", () => true);
      const response = await fetch(`${emulator.apiUrl}/conversations?status=active`, {
        headers: { "x-api-key": emulator.apiKey },
      });
      const { data } = await response.json();
      if (data.length > 0) return data[0].conversation_url;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await converseWith(join("test", "pack", "whole-bot.ts"), { ...options, env: { ...env, ...variables }, findUrl });
}
