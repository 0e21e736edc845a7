import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { promisify } from "node:util";

const run = promisify(execFile);
const PS_TIMEOUT_MS = 3000;

/** Which process of which machine. A number alone is given out again; with its start it is not. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** When it started, in the words of the system; undefined where there is no way to know (Windows). */
  readonly startedAt?: string | undefined;
}

export async function identityOf(pid: number): Promise<ProcessIdentity> {
  const startedAt = await startOf(pid);
  return { host: hostname(), pid, ...(startedAt !== undefined && { startedAt }) };
}

/** Whether the process has certainly ended. Of another machine's processes nothing is certain. */
export async function isGone({ host, pid, startedAt }: ProcessIdentity): Promise<boolean> {
  if (host !== hostname()) return false;
  if (!isRunning(pid)) return true;
  const now = await startOf(pid);
  return startedAt !== undefined && now !== undefined && now !== startedAt;
}

/** In place of a start: it has ended, and its parent has not asked for its exit code yet. */
const DEAD = "dead";

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

async function startOf(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === "linux") return await startOnLinux(pid);
    if (process.platform === "win32") return undefined;
    const env = { ...process.env, LC_ALL: "C" };
    const { stdout } = await run("ps", ["-o", "lstart=", "-p", String(pid)], { env, timeout: PS_TIMEOUT_MS });
    return stdout.trim() === "" ? undefined : stdout.trim();
  } catch {
    return undefined;
  }
}

async function startOnLinux(pid: number): Promise<string> {
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, "utf8"),
    readFile("/proc/sys/kernel/random/boot_id", "utf8"),
  ]);
  // The second field is the program's name in brackets, and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state] = fields;
  if (state === "Z" || state === "X") return DEAD;
  return `${boot.trim()}:${fields[19] ?? ""}`;
}
