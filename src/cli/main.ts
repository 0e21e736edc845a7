#!/usr/bin/env node
import { EXIT, runCli } from "./cli.ts";
import { terminalIo } from "./terminal.ts";

const stopped = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    // The second one does not wait for what the first began to end.
    if (stopped.signal.aborted) process.exit(EXIT.interrupted);
    stopped.abort(new Error("interrupted"));
  });
}
// A reader that has seen enough, as in `… | head`, is no failure.
process.stdout.on("error", () => process.exit(EXIT.ok));

process.exitCode = await runCli(process.argv.slice(2), terminalIo(stopped.signal));
