import { readdirSync, readFileSync } from "node:fs";

/** Linux counts a process's time in these; the same on every architecture that Node supports. */
const TICKS_PER_SECOND = 100;

function statOf(pid: number): { readonly parent: number; readonly cpuS: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in brackets, may hold anything; the numbers follow the last bracket.
    const fields = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    return { parent: fields[1] ?? 0, cpuS: ((fields[11] ?? 0) + (fields[12] ?? 0)) / TICKS_PER_SECOND };
  } catch {
    return undefined;
  }
}

/** A process and all that descend from it; empty where there is no /proc. */
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
    const parent = statOf(pid)?.parent;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** CPU seconds by process id. */
export function cpuSeconds(pids: readonly number[]): Map<number, number> {
  return new Map(pids.map((pid) => [pid, statOf(pid)?.cpuS ?? 0]));
}

/** MB of all these processes: `rss` counts shared pages once each, `pss` divides them; null where it cannot be read. */
export function memoryMb(pids: readonly number[]): { readonly rss: number | null; readonly pss: number | null } {
  const sum = (field: "Rss" | "Pss"): number | null => {
    let kb = 0;
    for (const pid of pids) {
      try {
        kb += Number(
          new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0,
        );
      } catch {
        // Gone meanwhile, or not ours to read.
      }
    }
    return kb > 0 ? Math.round(kb / 1024) : null;
  };
  return { rss: sum("Rss"), pss: sum("Pss") };
}
