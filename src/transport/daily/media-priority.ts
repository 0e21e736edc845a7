import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { setPriority } from "node:os";
import { promisify } from "node:util";

import { asError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";

/**
 * How the operating system treats the processes of a call's media, where others want the cores as well. "normal": as any
 * process, with a session of their own, which needs no privileges. "high": before others (nice -10). "realtime": before
 * everything that is not (SCHED_RR); with `chromium` the same as "high", because Chromium itself makes its audio threads
 * so. Where that is not permitted, the call runs with what is, and a warning is logged.
 */
export type MediaPriority = "normal" | "high" | "realtime";

/** What the operating system offers. Replaced in tests. */
export interface PrioritySystem {
  readonly platform: NodeJS.Platform;
  /** Sets the nice value of a process; on Linux of one thread. */
  setPriority(id: number, nice: number): void;
  /** The processes of a session and their threads; Linux only. */
  threads(sessionId: number): Promise<readonly number[]>;
  /** Sets the nice value of a session among sessions. Rejects where the kernel has none. Linux only. */
  setSessionNice(sessionId: number, nice: number): Promise<void>;
  /** Makes all threads of a process real-time threads, and those that they start. Linux only. */
  makeRealtime(processId: number): Promise<void>;
}

const HIGH = -10;
/** The lowest of 1 to 99: before everything that is not real-time, and behind what the system itself needs. */
const REALTIME = "1";

/** Codes of errors that change nothing: a thread has ended, the kernel has no such groups, or they were set a moment ago. */
const HARMLESS = ["ENOENT", "ESRCH", "EAGAIN"];

function isHarmless(thrown: unknown): boolean {
  const { code, info } = thrown as { readonly code?: unknown; readonly info?: { readonly code?: unknown } };
  return HARMLESS.includes(String(info?.code ?? code));
}

async function threadsOf(sessionId: number): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = await readFile(`/proc/${name}/stat`, "utf8");
      const session = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3];
      if (Number(session) === sessionId) found.push(...(await readdir(`/proc/${name}/task`)).map(Number));
    } catch {
      // It has ended.
    }
  }
  return found;
}

const operatingSystem: PrioritySystem = {
  platform: process.platform,
  setPriority,
  threads: threadsOf,
  async setSessionNice(sessionId, nice) {
    await writeFile(`/proc/${sessionId}/autogroup`, String(nice));
  },
  async makeRealtime(processId) {
    await promisify(execFile)("chrt", ["--all-tasks", "--rr", "--pid", REALTIME, String(processId)], { timeout: 5000 });
  },
};

/**
 * Gives a process that leads a session, and all others of that session, their priority: their threads and all that these
 * will start. Never lowers one. Never rejects: resolves with what was not permitted.
 */
export async function raiseMediaPriority(
  processId: number,
  priority: MediaPriority,
  system: PrioritySystem = operatingSystem,
): Promise<string | undefined> {
  if (priority === "normal") return undefined;
  try {
    if (system.platform === "linux") await raiseOnLinux(processId, priority, system);
    else system.setPriority(processId, HIGH);
  } catch (thrown) {
    const reason = (asError(thrown).message.split("\n")[0] ?? "").trim();
    return (
      `The media runs without the priority "${priority}": ${reason}. In a container add the capability SYS_NICE; elsewhere ` +
      'raise the limits "nice" and "rtprio" of the user.'
    );
  }
  return priority === "realtime" && system.platform !== "linux"
    ? `The media runs with the priority "high": "realtime" is for Linux.`
    : undefined;
}

/** Whether it was logged that a priority is not permitted: a bot that holds many calls needs to know it once. */
let isWarned = false;

/** {@link raiseMediaPriority} for a process that may not have started; what is not permitted is logged. Never rejects. */
export async function preferMedia(
  processId: number | undefined,
  priority: MediaPriority,
  logger: Logger,
): Promise<void> {
  const problem = processId === undefined ? undefined : await raiseMediaPriority(processId, priority);
  if (problem === undefined) return;
  logger[isWarned ? "debug" : "warn"](problem);
  isWarned = true;
}

async function raiseOnLinux(processId: number, priority: MediaPriority, system: PrioritySystem): Promise<void> {
  // Where sessions are groups of their own to the scheduler, nice values of threads count within a session only.
  await system.setSessionNice(processId, HIGH).catch((thrown: unknown) => {
    if (!isHarmless(thrown)) throw thrown;
  });
  for (const thread of await system.threads(processId)) {
    try {
      system.setPriority(thread, HIGH);
    } catch (thrown) {
      if (!isHarmless(thrown)) throw thrown;
    }
  }
  if (priority === "realtime") await system.makeRealtime(processId);
}
