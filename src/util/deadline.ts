import type { Clock } from "./clock.ts";
import { DeadlineError } from "./errors.ts";

/** Waits for `delayMs`, or until the signal aborts (then it rejects with the signal's reason). */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      clock.clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/**
 * `promise`, but no later than `timeoutMs`: then it rejects with a {@link DeadlineError} that names `what`. The work
 * itself goes on (promises cannot be cancelled); a late failure of it is swallowed here, not left unhandled.
 */
export async function withDeadline<T>(clock: Clock, promise: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: unknown;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = clock.setTimeout(() => {
      reject(new DeadlineError(what, timeoutMs));
    }, timeoutMs);
  });
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clock.clearTimeout(timer);
  }
}

/**
 * Runs `work` with a signal that aborts when the time is up, and rejects then with a {@link DeadlineError} that names
 * `what`: for work that would otherwise go on after its deadline and keep the process alive.
 */
export async function runWithDeadline<T>(
  clock: Clock,
  timeoutMs: number,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  try {
    return await withDeadline(clock, work(controller.signal), timeoutMs, what);
  } finally {
    controller.abort(new DeadlineError(what, timeoutMs));
  }
}

export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

/** A promise with its handles outside. A rejection nobody waits for is not an unhandled one. */
export function deferred<T>(): Deferred<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
