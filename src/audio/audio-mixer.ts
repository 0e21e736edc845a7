import type { AudioStage } from "./audio-stage.ts";

/** Background sound for what the bot says, and for when it says nothing. */
export interface AudioMixer extends AudioStage {
  /** Whether it has sound to add just now; without any, nothing is sent while the bot is silent. */
  readonly active: boolean;
  /** Adds the next `into.length` samples of its sound, in place. The array is the mixer's to write in, not to keep. */
  mix(into: Int16Array): void;
}

/** Adds `sound` times `gain` in place, and stops at full scale instead of wrapping around. */
export function addSaturated(into: Int16Array, sound: Int16Array, gainAt: (index: number) => number): void {
  for (let at = 0; at < into.length; at++) {
    const sum = (into[at] ?? 0) + (sound[at] ?? 0) * gainAt(at);
    into[at] = sum > 32_767 ? 32_767 : sum < -32_768 ? -32_768 : sum;
  }
}
