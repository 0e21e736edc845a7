/**
 * The nearest-rank percentile: the smallest value that at least `share` (0 to 1) of all values do not exceed. `sorted`
 * is in ascending order. Undefined when it is empty.
 */
export function nearestRank(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}
