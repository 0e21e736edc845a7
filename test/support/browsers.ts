import { readdirSync, readFileSync } from "node:fs";

/** The living descendants of `rootPid`, without itself. Linux only, as is the CI. */
export function processesBelow(rootPid: number, name = /.*/): number[] {
  const parents = new Map<number, number>();
  const names = new Map<number, string>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      // A zombie has ended; only its parent has not collected it yet.
      if (state === "Z") continue;
      parents.set(Number(entry), Number(parent));
      names.set(Number(entry), stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")));
    } catch {
      // The process ended during the scan.
    }
  }
  const isBelow = (id: number): boolean => {
    for (let at = parents.get(id); at !== undefined && at > 1; at = parents.get(at)) if (at === rootPid) return true;
    return false;
  };
  return [...names].filter(([id, processName]) => name.test(processName) && isBelow(id)).map(([id]) => id);
}

/** The browser processes of a process. */
export function browsersOf(rootPid = process.pid): number[] {
  return processesBelow(rootPid, /chrom|headless/i);
}

/** Whether a process is alive; a zombie is not. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  } catch {
    return false;
  }
}

/** Standard error of a process without the note for root that its browser has no sandbox. */
export function withoutSandboxNote(stderr: string): string {
  return stderr.replace(/^.* Chromium runs without its sandbox.*\n/, "");
}

/** The media processes of a process. */
export function mediaProcessesOf(rootPid = process.pid): number[] {
  return processesBelow(rootPid, /^tavus-transport$/);
}
