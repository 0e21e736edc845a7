import { readFile } from "node:fs/promises";

import { asError } from "../../util/errors.ts";
import { type Command, parseWholeNumber } from "../command.ts";
import { UsageError } from "../usage-error.ts";

export const chatCommand: Command = {
  name: "chat",
  takes: "<file>",
  help: "talks with a bot (its file, such as bot.ts) by text, in a room on this machine; or plays a script",
  options: {
    script: {
      type: "string",
      value: "FILE",
      help: "plays a written conversation and compares; exit code 1 if it differs",
    },
    "env-file": {
      type: "string",
      value: "FILE",
      help: "environment of the bot, such as .env; never a key of Tavus or Daily",
    },
    log: { type: "string", value: "FILE", help: "where the bot's own output goes (default: standard error)" },
    timeout: {
      type: "string",
      value: "S",
      help: "seconds without an answer after which it counts as missing (default 30)",
    },
  },
  async run({ io, options, names, json }) {
    const timeoutS = parseWholeNumber(options, "timeout", 1, 3600) ?? 30;
    // Imported here: other commands should not load WebRTC and a server.
    const { parseChatScript, ChatScriptError } = await import("../../testing/chat/index.ts");
    const { runChat } = await import("../chat/run-chat.ts");
    let script;
    if (typeof options.script === "string") {
      const text = await readText("script", options.script);
      try {
        script = parseChatScript(text, options.script);
      } catch (thrown) {
        if (thrown instanceof ChatScriptError) throw new UsageError(thrown.message);
        throw thrown;
      }
    }
    const envFile = typeof options["env-file"] === "string" ? options["env-file"] : undefined;
    // Node would report it, too, but as an end of the bot.
    if (envFile !== undefined) await readText("env-file", envFile);
    return await runChat({
      io,
      file: names[0] ?? "",
      script,
      envFile,
      logFile: typeof options.log === "string" ? options.log : undefined,
      answerTimeoutMs: timeoutS * 1000,
      json,
    });
  },
};

async function readText(option: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (thrown) {
    throw new UsageError(`--${option}: ${path} cannot be read (${asError(thrown).message}).`);
  }
}
