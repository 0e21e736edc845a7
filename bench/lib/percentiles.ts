import { nearestRank } from "../../src/util/nearest-rank.ts";
import { rounded } from "./time.ts";

export interface Percentiles {
  /** How many were measured, and how many more never arrived. */
  readonly n: number;
  readonly lost: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly max: number | null;
}

/** Computes nearest-rank percentiles. `undefined` is a measurement that never ended: it is counted as lost, not ignored. */
export function percentiles(values: readonly (number | undefined)[]): Percentiles {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  const at = (share: number): number | null => {
    const value = nearestRank(sorted, share);
    return value === undefined ? null : rounded(value);
  };
  return { n: sorted.length, lost: values.length - sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) };
}
