import type { Clock, TimerHandle } from "../../util/clock.ts";

/** Whether the promise settled within `timeoutMs`; rejects as it does. Later, a failure of it is swallowed. */
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
