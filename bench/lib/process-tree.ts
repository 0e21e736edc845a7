import { readdirSync, readFileSync } from "node:fs";

/** The unit of a process's CPU time on Linux; the same on every architecture that Node supports. */
const TICKS_PER_SECOND = 100;

/** What the system knows of a process's CPU time. */
export interface ProcessTimes {
  readonly parent: number;
  readonly cpuS: number;
  /** CPU time of descendants that have ended. */
  readonly endedChildrenS: number;
}

/** Undefined when the process has ended, and on systems without /proc. */
export function processTimes(pid: number): ProcessTimes | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in brackets, may contain anything; the numbers follow the last bracket.
    const fields = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const seconds = (first: number): number => ((fields[first] ?? 0) + (fields[first + 1] ?? 0)) / TICKS_PER_SECOND;
    return { parent: fields[1] ?? 0, cpuS: seconds(11), endedChildrenS: seconds(13) };
  } catch {
    return undefined;
  }
}

/** The ids of a process and all its descendants; empty on systems without /proc. */
export function processTree(root: number): number[] {
  let pids: number[];
  try {
    pids = readdirSync("/proc")
      .map(Number)
      .filter((pid) => pid > 0);
  } catch {
    return [];
  }
  const children = new Map<number, number[]>();
  for (const pid of pids) {
    const parent = processTimes(pid)?.parent;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** CPU seconds by process id. */
export function cpuSeconds(pids: readonly number[]): Map<number, number> {
  return new Map(pids.map((pid) => [pid, processTimes(pid)?.cpuS ?? 0]));
}

/** Memory of all these processes in MB. `rss` counts shared pages once per process, `pss` divides them; null where unreadable. */
export function memoryMb(pids: readonly number[]): { readonly rss: number | null; readonly pss: number | null } {
  const sum = (field: "Rss" | "Pss"): number | null => {
    let kb = 0;
    for (const pid of pids) {
      try {
        kb += Number(
          new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0,
        );
      } catch {
        // The process has exited, or is not ours to read.
      }
    }
    return kb > 0 ? Math.round(kb / 1024) : null;
  };
  return { rss: sum("Rss"), pss: sum("Pss") };
}
