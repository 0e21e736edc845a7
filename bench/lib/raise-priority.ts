import { setPriority } from "node:os";

const HIGH = -10;

/**
 * Raises the priority of this process, which plays the far side of a measurement: machines that are not the bot's. Call it
 * before the native module is loaded, whose threads inherit it. Returns whether the system permits it.
 */
export function raisePriority(): boolean {
  try {
    setPriority(HIGH);
    return true;
  } catch {
    return false;
  }
}
