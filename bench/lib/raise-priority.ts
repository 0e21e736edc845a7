import { setPriority } from "node:os";

const HIGH = -10;

/**
 * Raises the priority of this process, which plays the far side of a measurement: machines that are not the bot's. Call it
 * before the native module is loaded, whose threads inherit it. Returns whether the system permits it.
 */
export function raisePriority(): boolean {
  return trySetPriority(HIGH);
}

/** Undoes what a child of a raised process has inherited: bots have the priority that bots have. */
export function normalPriority(): void {
  trySetPriority(0);
}

function trySetPriority(nice: number): boolean {
  try {
    setPriority(nice);
    return true;
  } catch {
    return false;
  }
}
