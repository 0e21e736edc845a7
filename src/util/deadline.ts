import type { Clock } from "./clock.ts";
import { DeadlineError } from "./errors.ts";

/** Resolves after `delayMs`, or rejects with the signal's reason when the signal aborts. */
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
 * Settles as `promise` does, but rejects after `timeoutMs` with a {@link DeadlineError} that names `what`. The work
 * itself continues (promises cannot be cancelled); if it fails late, the failure is swallowed here, not left unhandled.
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
 * Runs `work` with a signal that aborts after `timeoutMs`, and then rejects with a {@link DeadlineError} that names
 * `what`. For work that would otherwise continue after its deadline and keep the process alive.
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

/** A promise together with the functions that settle it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

/** Creates a promise that its owner settles. A rejection that nothing awaits does not count as unhandled. */
export function deferred<T>(): Deferred<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
