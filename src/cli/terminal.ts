import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { styleText } from "node:util";

import { systemClock } from "../util/clock.ts";
import { PipedConsole } from "./chat/piped-console.ts";
import { TerminalConsole } from "./chat/terminal-console.ts";
import type { CliIo } from "./io.ts";

/**
 * Connects commands to the terminal and environment of this process. Questions go to standard error: output may be
 * piped.
 */
export function createTerminalIo(signal: AbortSignal): CliIo {
  const { stdin, stdout, stderr } = process;
  const interrupt = (): void => void process.kill(process.pid, "SIGINT");
  const ask = async (question: string, isSecret: boolean): Promise<string> => {
    stderr.write(question);
    // With `terminal: true` the input is in raw mode, so only what is written to `output` is shown.
    const output = isSecret ? new Writable({ write: (_chunk, _encoding, done) => done() }) : stderr;
    const lines = createInterface({ input: stdin, output, terminal: isSecret });
    lines.once("SIGINT", interrupt);
    try {
      return (await lines.question("", { signal })).trim();
    } finally {
      lines.close();
      if (isSecret) stderr.write("\n");
    }
  };
  const out = (line: string): void => console.log(line);
  const err = (line: string): void => console.error(line);
  const note = (line: string): void => err(styleText("dim", line, { stream: stderr }));
  return {
    env: process.env,
    clock: systemClock,
    signal,
    interactive: stdin.isTTY && stderr.isTTY,
    out,
    err,
    askSecret: (question) => ask(question, true),
    confirm: async (question) => /^y(?:es)?$/i.test(await ask(`${question} [y/N] `, false)),
    openChat: ({ isLive }) =>
      isLive && stdin.isTTY && stdout.isTTY
        ? new TerminalConsole(stdin, stdout, interrupt)
        : new PipedConsole(stdin, out, note),
  };
}
