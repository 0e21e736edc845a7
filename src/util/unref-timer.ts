import type { TimerHandle } from "./clock.ts";

/** Stops a timer from keeping the process alive. Timers of virtual clocks never do. */
export function unrefTimer(timer: TimerHandle): void {
  (timer as { unref?: () => void } | undefined)?.unref?.();
}
