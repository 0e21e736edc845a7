import { cpuSeconds, memoryMb, processTree } from "../lib/process-tree.ts";
import { costliestThreads, type ThreadCost, threadTimes } from "../lib/thread-times.ts";
import { monotonicMs, rounded, sleep } from "../lib/time.ts";
import type { Crew } from "./crew.ts";
import { judge, type Verdict } from "./judge.ts";

/** What a number of calls cost, and whether they could be heard. */
export interface Step {
  readonly calls: number;
  /** In % of a core: the bots' process with all its descendants, the Node process alone, and the far side. */
  readonly botsPercent: number;
  readonly botsNodePercent: number;
  readonly emulatorPercent: number;
  readonly usersPercent: number;
  /** Memory of the bots' process and its descendants; shared pages are divided among their processes. */
  readonly pssMb: number | null;
  readonly verdict: Verdict;
  /** The bots' costliest threads. */
  readonly threads: readonly ThreadCost[];
  /** How long the joins before this step took. */
  readonly joinMs?: readonly number[];
}

/** Measures the calls that are there for some seconds. */
export async function measureStep(crew: Crew, seconds: number): Promise<Step> {
  const trees = {
    bots: processTree(crew.bots.pid),
    node: [crew.bots.pid],
    emulator: processTree(crew.emulator.pid),
    users: processTree(crew.users.pid),
  };
  const all = crew.calls.map(({ conversationId }) => conversationId);
  const byEar = crew.calls.filter(({ says }) => says === "tone").map(({ conversationId }) => conversationId);
  await crew.emulator.request("listen", { all, byEar });
  await crew.bots.request("listen", undefined);
  const pids = [...trees.bots, ...trees.emulator, ...trees.users];
  const before = cpuSeconds(pids);
  const threadsBefore = threadTimes(trees.bots);
  const startMs = monotonicMs();
  await sleep(seconds * 1000);
  const after = cpuSeconds(pids);
  const threadsAfter = threadTimes(trees.bots);
  const tookS = (monotonicMs() - startMs) / 1000;
  const bots = await crew.bots.request("heard", undefined);
  const pals = await crew.emulator.request("heard", undefined);
  const percent = (ids: readonly number[]): number => {
    const usedS = ids.reduce((sum, id) => sum + Math.max(0, (after.get(id) ?? 0) - (before.get(id) ?? 0)), 0);
    return rounded((usedS / tookS) * 100);
  };
  return {
    calls: all.length,
    botsPercent: percent(trees.bots),
    botsNodePercent: percent(trees.node),
    emulatorPercent: percent(trees.emulator),
    usersPercent: percent(trees.users),
    pssMb: memoryMb(trees.bots).pss,
    verdict: judge(bots, pals),
    threads: costliestThreads(threadsBefore, threadsAfter, tookS),
  };
}
