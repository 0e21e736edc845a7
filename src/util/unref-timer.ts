import type { TimerHandle } from "./clock.ts";

/** The timer no longer keeps the process alive. Timers of other clocks than the machine's have no say in that. */
export function unrefTimer(timer: TimerHandle): void {
  (timer as { unref?: () => void } | undefined)?.unref?.();
}
