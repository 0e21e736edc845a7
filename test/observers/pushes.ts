import { type Frame, type FrameDirection, TTSAudioRawFrame } from "../../src/frames/index.ts";
import type { Observer } from "../../src/pipeline/index.ts";

/** Reports to an observer that a frame passed these processors, one after the other, at that time. */
export function pushed(
  observer: Observer,
  timeMs: number,
  frame: Frame,
  way: readonly string[] = ["A#1", "B#1"],
  direction: FrameDirection = "downstream",
): void {
  for (const [index, destination] of way.slice(1).entries())
    observer.onPush?.({ source: way[index] ?? "", destination, frame, direction, timeMs });
}

/** A frame and its twin, as `broadcast` sends them: one downstream, the other upstream. */
export function broadcast(
  observer: Observer,
  timeMs: number,
  make: () => Frame,
  { up, from, down }: { readonly up: string; readonly from: string; readonly down: string },
): void {
  const [one, two] = [make(), make()];
  one.broadcastSiblingId = two.id;
  two.broadcastSiblingId = one.id;
  pushed(observer, timeMs, one, [from, down, "Last#1"]);
  pushed(observer, timeMs, two, [from, up, "First#1"], "upstream");
}

export function speech(): TTSAudioRawFrame {
  return new TTSAudioRawFrame({ audio: new Int16Array(960).fill(1000), sampleRate: 24_000 });
}
