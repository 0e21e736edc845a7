import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { promisify } from "node:util";

import { askPresence, isSingleKernelFolder } from "./presence.ts";

const run = promisify(execFile);
const PS_TIMEOUT_MS = 3000;

/** Which process of which machine. A number alone is given out again; with its start it is not. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** When it started, in the words of the system; undefined where there is no way to know (Windows). */
  readonly startedAt?: string | undefined;
  /** Linux: the boot of the kernel that it runs on. */
  readonly bootId?: string | undefined;
  /** Linux: in which the number counts; a container has its own. Numbers of the inode, given out again after a boot. */
  readonly pidNamespace?: string | undefined;
  /** Name of the socket in the journal's folder that answers while it lives. See `Presence`. */
  readonly presence?: string | undefined;
}

export async function readProcessIdentity(pid: number): Promise<ProcessIdentity> {
  const [startedAt, bootId, pidNamespace] = await Promise.all([
    readProcessStart(pid),
    readBootId(),
    readPidNamespace(),
  ]);
  return {
    host: hostname(),
    pid,
    ...(startedAt !== undefined && { startedAt }),
    ...(bootId !== undefined && { bootId }),
    ...(pidNamespace !== undefined && { pidNamespace }),
  };
}

/**
 * Whether the process that wrote into this folder has certainly ended. Of processes that cannot be seen from here (on
 * another machine; in another container whose socket says nothing) that is never certain.
 */
export async function isGone(identity: ProcessIdentity, folder: string): Promise<boolean> {
  const { presence, host, bootId } = identity;
  if (presence !== undefined) {
    const answer = await askPresence(folder, presence);
    if (answer === "answers") return false;
    // Same kernel, or the same machine before its last boot; a disk may also be a copy of another machine's.
    const isNear = host === hostname() || (bootId !== undefined && bootId === (await readBootId()));
    if (answer === "refuses" && isNear && (await isSingleKernelFolder(folder))) return true;
  }
  return await isGoneByNumber(identity);
}

/** For want of a socket: by the process's number, which counts only where it was given out. */
async function isGoneByNumber({ host, pid, startedAt, bootId, pidNamespace }: ProcessIdentity): Promise<boolean> {
  if (host !== hostname()) return false;
  if (process.platform === "linux") {
    if (pidNamespace === undefined || pidNamespace !== (await readPidNamespace())) return false;
    if (bootId === undefined || bootId !== (await readBootId())) return false;
  } else if (pidNamespace !== undefined) {
    return false;
  }
  if (!isRunning(pid)) return true;
  const now = await readProcessStart(pid);
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

async function readProcessStart(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === "linux") return await readLinuxStart(pid);
    if (process.platform === "win32") return undefined;
    const env = { ...process.env, LC_ALL: "C" };
    const { stdout } = await run("ps", ["-o", "lstart=", "-p", String(pid)], { env, timeout: PS_TIMEOUT_MS });
    return stdout.trim() === "" ? undefined : stdout.trim();
  } catch {
    return undefined;
  }
}

async function readLinuxStart(pid: number): Promise<string> {
  const [line, boot] = await Promise.all([readFile(`/proc/${pid}/stat`, "utf8"), readBootId()]);
  // The second field is the program's name in brackets, and may hold anything.
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [state] = fields;
  if (state === "Z" || state === "X") return DEAD;
  return `${boot ?? ""}:${fields[19] ?? ""}`;
}

async function readBootId(): Promise<string | undefined> {
  try {
    return (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  } catch {
    return undefined;
  }
}

async function readPidNamespace(): Promise<string | undefined> {
  try {
    return String((await stat("/proc/self/ns/pid")).ino);
  } catch {
    return undefined;
  }
}
