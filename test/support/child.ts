import { spawn } from "node:child_process";
import { once } from "node:events";

export interface ChildResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last line of its standard output, as JSON; undefined when it printed nothing. */
  readonly answer: unknown;
  readonly stderr: string;
  /** From its last output to its end. */
  readonly lingeredMs: number;
}

/** Runs a TypeScript file of test/ in a Node process of its own until it ends by itself; kills it after `timeoutMs`. */
export async function runChild(
  file: URL,
  args: readonly string[],
  {
    env = {},
    timeoutMs = 20_000,
  }: { readonly env?: Readonly<Record<string, string>>; readonly timeoutMs?: number } = {},
): Promise<ChildResult> {
  const child = spawn(process.execPath, [file.pathname, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  let stdout = "";
  let stderr = "";
  let lastOutputMs = performance.now();
  child.stdout.on("data", (data: Buffer) => {
    stdout += data.toString();
    lastOutputMs = performance.now();
  });
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const [exitCode, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  const line = stdout.trim().split("\n").at(-1) ?? "";
  const answer: unknown = line === "" ? undefined : JSON.parse(line);
  return { exitCode, signal, answer, stderr, lingeredMs: performance.now() - lastOutputMs };
}
