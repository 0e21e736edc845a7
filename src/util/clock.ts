/** The handle of a timer; pass it to `clearTimeout`. */
export type TimerHandle = unknown;

/**
 * The library's source of time. Everything that waits takes a `Clock`, so that tests run on virtual time
 * (`VirtualClock` in `tavus-transport/testing`).
 */
export interface Clock {
  /** Monotonic milliseconds with a fraction, from an arbitrary origin. Used for every duration and deadline. */
  nowMs(): number;
  /** Milliseconds since 1970. Used for time stamps that people or other machines read, never for durations. */
  wallMs(): number;
  /** Calls `callback` once after `delayMs`, never synchronously. */
  setTimeout(callback: () => void, delayMs: number): TimerHandle;
  /** Cancels a timer. Does nothing when it has fired already or is undefined. */
  clearTimeout(timer: TimerHandle): void;
}

/** The machine's clock: the default wherever a `Clock` is optional. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => {
    clearTimeout(timer as ReturnType<typeof setTimeout>);
  },
};
