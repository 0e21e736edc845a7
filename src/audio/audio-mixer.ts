import type { AudioStage } from "./audio-stage.ts";

/** Adds background sound, while the bot speaks and while it is silent. */
export interface AudioMixer extends AudioStage {
  /** Whether the mixer has sound to add now. While it has none, nothing is sent when the bot is silent. */
  readonly active: boolean;
  /** Adds the next `into.length` samples of its sound to `into`, in place. Do not keep the array. */
  mix(into: Int16Array): void;
}

/**
 * Adds `sound` to `into` in place, each sample multiplied by `gainAt(index)`. Clips at full scale instead of wrapping
 * around.
 */
export function addSaturated(into: Int16Array, sound: Int16Array, gainAt: (index: number) => number): void {
  for (let at = 0; at < into.length; at++) {
    const sum = (into[at] ?? 0) + (sound[at] ?? 0) * gainAt(at);
    into[at] = sum > 32_767 ? 32_767 : sum < -32_768 ? -32_768 : sum;
  }
}
