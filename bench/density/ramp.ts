/** What decides how far to go on. */
export interface Reached {
  readonly calls: number;
  /** What all processes of the bench use, in cores. */
  readonly usedCores: number;
}

/** Share of the machine beyond which every process waits for others, and nothing that is measured says anything. */
const FULL = 0.97;

/**
 * The next number of calls: the next of the plan, or fewer when the machine will be full before; undefined at the end of
 * the plan.
 */
export function nextCount(plan: readonly number[], { calls, usedCores }: Reached, cores: number): number | undefined {
  const planned = plan.find((count) => count > calls);
  if (planned === undefined) return undefined;
  const fits = Math.floor((calls * cores * FULL) / Math.max(usedCores, 0.01));
  return Math.max(calls + 1, Math.min(planned, fits));
}

/** The number of calls to try between one that is good and one that is not; undefined when they are close enough. */
export function between(good: number, bad: number): number | undefined {
  return bad - good > Math.max(1, good * 0.1) ? Math.floor((good + bad) / 2) : undefined;
}
