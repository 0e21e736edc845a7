import type { Clock } from "../util/clock.ts";
import { DeadlineError } from "../util/errors.ts";

/** What ends a wait, besides its result. */
export interface WorkBounds {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Description of the work, for the {@link DeadlineError}. */
  readonly what: string;
}

/**
 * Waits for `work`. Rejects with the signal's reason when it aborts, and with a {@link DeadlineError} after
 * `timeoutMs`. The work itself may continue; a late failure is ignored.
 */
export function within<T>(work: Promise<T>, { clock, signal, timeoutMs, what }: WorkBounds): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clock.clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = clock.setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      reject(new DeadlineError(what, timeoutMs));
    }, timeoutMs);
    const settled = (): void => {
      clock.clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    work.then(resolve, reject).then(settled, settled);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

/**
 * Yields the items of `source`, waiting for each as {@link within} does. A source that ignores its signal is abandoned.
 */
export async function* iterateWithin<T>(
  source: AsyncIterable<T>,
  bounds: WorkBounds,
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let done = false;
  try {
    for (;;) {
      const item = await within(iterator.next(), bounds);
      if (item.done) {
        done = true;
        return;
      }
      yield item.value;
    }
  } finally {
    if (!done) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}
