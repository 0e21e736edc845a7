import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

import { systemClock } from "../util/clock.ts";
import type { CliIo } from "./io.ts";

/**
 * Connects commands to the terminal and environment of this process. Questions go to standard error: output may be
 * piped.
 */
export function createTerminalIo(signal: AbortSignal): CliIo {
  const { stdin, stderr } = process;
  const ask = async (question: string, isSecret: boolean): Promise<string> => {
    stderr.write(question);
    // With `terminal: true` the input is in raw mode, so only what is written to `output` is shown.
    const output = isSecret ? new Writable({ write: (_chunk, _encoding, done) => done() }) : stderr;
    const lines = createInterface({ input: stdin, output, terminal: isSecret });
    lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
    try {
      return (await lines.question("", { signal })).trim();
    } finally {
      lines.close();
      if (isSecret) stderr.write("\n");
    }
  };
  return {
    env: process.env,
    clock: systemClock,
    signal,
    interactive: stdin.isTTY && stderr.isTTY,
    out: (line) => console.log(line),
    err: (line) => console.error(line),
    askSecret: (question) => ask(question, true),
    confirm: async (question) => /^y(?:es)?$/i.test(await ask(`${question} [y/N] `, false)),
  };
}
