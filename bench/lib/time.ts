/**
 * Now, in milliseconds. All processes of this machine share this clock (hrtime is the system's monotonic clock), so that a
 * sound that leaves one process and arrives in another can be timed; `performance.now()` starts at zero in each process.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** `baseMs` plus up to `spreadMs`, so that measurements do not lock to a 10 or 20 ms tick. */
export function jittered(baseMs: number, spreadMs = 40): number {
  return baseMs + Math.random() * spreadMs;
}

export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
