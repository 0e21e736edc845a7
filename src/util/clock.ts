/** A timer that was set; pass it back to `clearTimeout`. */
export type TimerHandle = unknown;

/**
 * Time as the library sees it. Everything that waits takes a `Clock`, so that tests run on virtual time
 * (`VirtualClock` in `tavus-transport/testing`).
 */
export interface Clock {
  /** Monotonic milliseconds with a fraction; the origin means nothing. For every duration and deadline. */
  nowMs(): number;
  /** Milliseconds since 1970. For time stamps that people or other machines read, never for durations. */
  wallMs(): number;
  setTimeout(callback: () => void, delayMs: number): TimerHandle;
  clearTimeout(timer: TimerHandle): void;
}

/** The machine's own time. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => {
    clearTimeout(timer as ReturnType<typeof setTimeout>);
  },
};
