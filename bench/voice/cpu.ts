import { cpuSeconds, memoryMb, processTree } from "../lib/process-tree.ts";
import { monotonicMs, rounded, sleep } from "../lib/time.ts";
import type { Stage } from "./stage.ts";

export interface Cpu {
  readonly seconds: number;
  /** Share of one core, in %, of the bot's process and all its descendants; null without /proc. */
  readonly corePercent: number | null;
  /** The share of the Node process alone. */
  readonly nodePercent: number | null;
  readonly processes: number;
  /** MB of all those processes: shared pages counted for each (`rss`), or divided among them (`pss`). */
  readonly rssMb: number | null;
  readonly pssMb: number | null;
}

const SETTLE_MS = 1500;

/** Measures the bot's process tree while both sides talk without a pause. */
export async function cpu(stage: Stage, seconds: number): Promise<Cpu> {
  const talkMs = seconds * 1000 + SETTLE_MS + 500;
  await stage.bot.request("speak", { ms: talkMs });
  await stage.users.child.request("speak", { room: stage.room, ms: talkMs });
  await sleep(SETTLE_MS);
  const { pid } = stage.bot;
  const pids = processTree(pid);
  const before = cpuSeconds(pids);
  const startMs = monotonicMs();
  await sleep(seconds * 1000);
  const after = cpuSeconds(pids);
  const tookS = (monotonicMs() - startMs) / 1000;
  const percent = (ids: readonly number[]): number | null => {
    if (pids.length === 0) return null;
    const used = ids.reduce((sum, id) => sum + (after.get(id) ?? 0) - (before.get(id) ?? 0), 0);
    return rounded((used / tookS) * 100);
  };
  const memory = memoryMb(pids);
  return {
    seconds: rounded(tookS),
    corePercent: percent(pids),
    nodePercent: percent([pid]),
    processes: pids.length,
    rssMb: memory.rss,
    pssMb: memory.pss,
  };
}
