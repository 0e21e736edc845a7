import { sleep } from "../../src/util/deadline.ts";
import { systemClock } from "../../src/util/clock.ts";

const POLL_MS = 5;

/** Waits until `condition` gives something other than false or undefined, and returns it; fails with `what` after `timeoutMs`. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs = 5000,
): Promise<Exclude<T, false | undefined | null>> {
  const deadlineMs = systemClock.nowMs() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== undefined && value !== null) return value as Exclude<T, false | undefined | null>;
    if (systemClock.nowMs() > deadlineMs) throw new Error(`Not within ${timeoutMs} ms: ${what}.`);
    await sleep(systemClock, POLL_MS);
  }
}

/** Lets real time pass: only to show that something does *not* happen. */
export function passes(ms: number): Promise<void> {
  return sleep(systemClock, ms);
}
