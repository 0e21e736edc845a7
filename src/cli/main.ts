#!/usr/bin/env node
import { findNodeVersionProblem } from "./node-version.ts";

// Checked before anything else is loaded: an older Node would fail on the syntax with an unhelpful message.
const problem = findNodeVersionProblem(process.versions.node);
if (problem === undefined) {
  const { runCli } = await import("./cli.ts");
  const { EXIT } = await import("./exit-codes.ts");
  const { createTerminalIo } = await import("./terminal.ts");

  const stopped = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      // The second signal exits without waiting for the cleanup that the first one started.
      if (stopped.signal.aborted) process.exit(EXIT.interrupted);
      stopped.abort(new Error("interrupted"));
    });
  }
  // A reader that closes early, as in `… | head`, is not a failure.
  process.stdout.on("error", () => process.exit(EXIT.ok));

  process.exitCode = await runCli(process.argv.slice(2), createTerminalIo(stopped.signal));
} else {
  console.error(problem);
  process.exitCode = 1;
}
