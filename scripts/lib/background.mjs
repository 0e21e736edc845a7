import { spawn } from "node:child_process";

const POLL_MS = 20;

/** Starts a command that runs until it is stopped. Keeps its output. */
export function startBackground(command, args, options = {}) {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const run = { stdout: "", stderr: "", code: undefined };
  child.stdout.setEncoding("utf8").on("data", (text) => (run.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (run.stderr += text));
  const ended = new Promise((resolve) => {
    child.once("error", (error) => {
      run.stderr += String(error);
      run.code ??= 127;
      resolve();
    });
    child.once("close", (code, signal) => {
      run.code ??= code ?? signal;
      resolve();
    });
  });

  /**
   * Resolves with what `look` finds in the output. Throws, with all output, when the command ends first or `timeoutMs` passes.
   */
  async function until(what, look, timeoutMs = 60_000) {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = look(run);
      if (found) return found;
      if (run.code !== undefined || Date.now() > deadline)
        throw new Error(`${what}: not within ${timeoutMs} ms\n${run.stdout}${run.stderr}`);

      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  return {
    until,
    whenEnded: () => until("to end", ({ code }) => code !== undefined).then(() => run),
    /** Asks the command to end, and kills it if it does not. Resolves with its output. */
    async stop(signal = "SIGINT", timeoutMs = 10_000) {
      child.kill(signal);
      const killer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
      await ended;
      clearTimeout(killer);
      return run;
    },
  };
}
