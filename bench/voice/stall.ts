import { monotonicMs, rounded, sleep } from "../lib/time.ts";
import { userImpulse } from "./latency.ts";
import { perRuntime, type Runtime, type Stage } from "./stage.ts";

/** The delay from user to bot, in milliseconds, below which it has recovered. */
export const RECOVERED_MS = 80;
const IN_A_ROW = 3;
const BETWEEN_MS = 150;

export interface StallRecovery {
  readonly stallMs: number;
  /** Delay of the first sound after each stall, in ms; null: it was lost. */
  readonly firstDelayMs: readonly (number | null)[];
  readonly worstDelayMs: readonly number[];
  /** Milliseconds from the end of each stall until three sounds in a row took less than 80 ms; null: not while it was watched. */
  readonly recoveredAfterMs: readonly (number | null)[];
}

async function watch(
  stage: Stage,
  endedMs: number,
  watchMs: number,
): Promise<{ first: number | null; worst: number; recovered: number | null }> {
  let first: number | null | undefined;
  let worst = 0;
  let good: number[] = [];
  while (monotonicMs() - endedMs < watchMs) {
    const atMs = monotonicMs();
    const delay = await userImpulse(stage);
    first ??= delay ?? null;
    worst = Math.max(worst, delay ?? 2000);
    good = delay !== undefined && delay < RECOVERED_MS ? [...good, atMs] : [];
    const [since] = good;
    if (good.length >= IN_A_ROW && since !== undefined) return { first, worst, recovered: since - endedMs };
    await sleep(BETWEEN_MS);
  }
  return { first: first ?? null, worst, recovered: null };
}

/** Stalls the users' process `times` times for `stallMs`, and watches both bots until they hear as fast as before. */
export async function stallRecovery(
  stages: readonly Stage[],
  { stallMs, times, watchMs }: { readonly stallMs: number; readonly times: number; readonly watchMs: number },
): Promise<Record<Runtime, StallRecovery>> {
  const all = perRuntime<{ first: number | null; worst: number; recovered: number | null }[]>(() => []);
  const [any] = stages;
  if (!any) throw new Error("There is no stage.");
  for (let time = 0; time < times; time++) {
    const { endedMs } = await any.users.child.request("stall", { ms: stallMs });
    await Promise.all(stages.map(async (stage) => all[stage.runtime].push(await watch(stage, endedMs, watchMs))));
    await sleep(500);
  }
  const figures = (runtime: Runtime): StallRecovery => ({
    stallMs,
    firstDelayMs: all[runtime].map(({ first }) => (first === null ? null : rounded(first))),
    worstDelayMs: all[runtime].map(({ worst }) => rounded(worst)),
    recoveredAfterMs: all[runtime].map(({ recovered }) => (recovered === null ? null : Math.round(recovered))),
  });
  return { native: figures("native"), chromium: figures("chromium") };
}
