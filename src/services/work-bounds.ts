import type { Clock } from "../util/clock.ts";
import { DeadlineError } from "../util/errors.ts";

/** What ends a wait besides its own result. */
export interface WorkBounds {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** What is waited for, for the {@link DeadlineError}. */
  readonly what: string;
}

/**
 * `work`, but no longer than until the signal aborts (rejects with its reason) or `timeoutMs` have passed (rejects with
 * a {@link DeadlineError}). The work itself may go on; a late failure of it is swallowed.
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
 * The items of `source`; each of them is waited for as {@link within} does. A source that ignores its signal is left
 * behind, not waited for.
 */
export async function* bounded<T>(source: AsyncIterable<T>, bounds: WorkBounds): AsyncGenerator<T, void, undefined> {
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
