import { readdirSync, readFileSync } from "node:fs";

import { rounded } from "./time.ts";

/** CPU seconds of each thread: process id, thread id and name → seconds. Empty on systems without /proc. */
export type ThreadTimes = ReadonlyMap<string, number>;

const TICKS_PER_SECOND = 100;

export function threadTimes(pids: readonly number[]): ThreadTimes {
  const times = new Map<string, number>();
  for (const pid of pids) {
    try {
      const program = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
      const role = /--type=(\S+?)(?:\0|$)/.exec(readFileSync(`/proc/${pid}/cmdline`, "utf8"))?.[1] ?? program;
      for (const thread of readdirSync(`/proc/${pid}/task`)) {
        const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
        const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
        const fields = stat
          .slice(stat.lastIndexOf(")") + 2)
          .split(" ")
          .map(Number);
        const where = thread === String(pid) ? "main thread" : name.replace(/[\d/#-]+$/, "");
        times.set(`${pid}/${thread}/${role}: ${where}`, ((fields[11] ?? 0) + (fields[12] ?? 0)) / TICKS_PER_SECOND);
      }
    } catch {
      // It has ended.
    }
  }
  return times;
}

export interface ThreadCost {
  readonly name: string;
  readonly corePercent: number;
}

/** What threads used between two readings, those of the same name together, the most expensive first. */
export function costliestThreads(before: ThreadTimes, after: ThreadTimes, seconds: number, count = 8): ThreadCost[] {
  const byName = new Map<string, number>();
  for (const [key, usedS] of after) {
    const name = key.split("/").slice(2).join("/");
    byName.set(name, (byName.get(name) ?? 0) + usedS - (before.get(key) ?? 0));
  }
  return [...byName]
    .map(([name, usedS]) => ({ name, corePercent: rounded((usedS / seconds) * 100) }))
    .sort((a, b) => b.corePercent - a.corePercent)
    .slice(0, count);
}
