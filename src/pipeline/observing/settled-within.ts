import type { Clock, TimerHandle } from "../../util/clock.ts";

/** Waits for the promise; resolves with whether it settled within `timeoutMs`, and rejects as it does. A later rejection is ignored. */
export async function settledWithin(clock: Clock, promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: TimerHandle;
  const timeout = new Promise<false>((resolve) => {
    timer = clock.setTimeout(() => {
      resolve(false);
    }, timeoutMs);
  });
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise.then(() => true), timeout]);
  } finally {
    clock.clearTimeout(timer);
  }
}
