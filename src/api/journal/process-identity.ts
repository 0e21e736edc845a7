import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { promisify } from "node:util";

import { askPresence, isSingleKernelFolder } from "./presence.ts";

const run = promisify(execFile);
const PS_TIMEOUT_MS = 3000;

/** Identifies a process of a machine. Process ids are reused; a process id with its start time is unique. */
export interface ProcessIdentity {
  /** The host name of its machine. */
  readonly host: string;
  /** The id of the process. */
  readonly pid: number;
  /** When it started, in the system's format. Undefined where that cannot be read (Windows). */
  readonly startedAt?: string | undefined;
  /** Linux: the boot id of its kernel. */
  readonly bootId?: string | undefined;
  /** Linux: the namespace of the process id; a container has its own. An inode number, which is reused after a boot. */
  readonly pidNamespace?: string | undefined;
  /** The name of the socket in the journal's folder that answers while the process is alive. See `Presence`. */
  readonly presence?: string | undefined;
}

/** Reads the identity of a process of this machine. */
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
 * Whether the process that wrote into this folder has certainly ended. That is never certain for a process that cannot
 * be seen from here: on another machine, or in another container without a socket.
 */
export async function isGone(identity: ProcessIdentity, folder: string): Promise<boolean> {
  const { presence, host, bootId } = identity;
  if (presence !== undefined) {
    const answer = await askPresence(folder, presence);
    if (answer === "answers") return false;
    // On this kernel, or on this machine before its last boot. Otherwise the disk may be a copy of another machine's.
    const isNear = host === hostname() || (bootId !== undefined && bootId === (await readBootId()));
    if (answer === "refuses" && isNear && (await isSingleKernelFolder(folder))) return true;
  }
  return await isGoneByNumber(identity);
}

/** Decides by the process id when there is no socket. A process id is valid only in the namespace that assigned it. */
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

/** Stands for the start time of a zombie: the process has ended, but its parent has not read its exit code yet. */
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
  // The second field is the program's name in parentheses, which may contain anything.
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
