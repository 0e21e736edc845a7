#!/usr/bin/env node
import { findNodeVersionProblem } from "./node-version.ts";

// Before anything else is loaded: an older Node would fail on the syntax, and say nothing that helps.
const problem = findNodeVersionProblem(process.versions.node);
if (problem === undefined) {
  const { EXIT, runCli } = await import("./cli.ts");
  const { createTerminalIo } = await import("./terminal.ts");

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

  process.exitCode = await runCli(process.argv.slice(2), createTerminalIo(stopped.signal));
} else {
  console.error(problem);
  process.exitCode = 1;
}
