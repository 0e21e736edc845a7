import { TextFrame } from "../../src/frames/index.ts";
import { nextTurn, startChain } from "./chain.ts";
import { GarbagePauses } from "./garbage.ts";

export interface LoopHolds {
  /** Longest time between two turns of the event loop, in ms. */
  readonly maxMs: number;
  /** The same, less what the garbage collector took of each. */
  readonly maxWithoutGcMs: number;
  readonly turns: number;
}

/** How long the event loop is held at most while `frames` frames, all queued beforehand, drain through ten processors. */
export async function loopHolds(frames: number, rounds: number): Promise<LoopHolds> {
  const all: LoopHolds[] = [];
  for (let round = 0; round < rounds; round++) all.push(await oneDrain(frames));
  return {
    maxMs: Math.max(...all.map(({ maxMs }) => maxMs)),
    maxWithoutGcMs: Math.max(...all.map(({ maxWithoutGcMs }) => maxWithoutGcMs)),
    turns: all.reduce((sum, { turns }) => sum + turns, 0),
  };
}

async function oneDrain(frames: number): Promise<LoopHolds> {
  using garbage = new GarbagePauses();
  let left = frames;
  const chain = await startChain(() => left--);
  const batch = Array.from({ length: frames }, () => new TextFrame("x"));
  await nextTurn();
  // Queueing is the caller's time; what is measured begins with the turn after it.
  for (const frame of batch) chain.pipeline.queueFrame(frame);
  const turnsMs: number[] = [performance.now()];
  while (left > 0) {
    await nextTurn();
    turnsMs.push(performance.now());
  }
  await nextTurn();
  await chain.close();
  const holds = turnsMs.slice(1).map((to, index) => ({ from: turnsMs[index] ?? to, to }));
  return {
    maxMs: Math.max(...holds.map(({ from, to }) => to - from)),
    maxWithoutGcMs: Math.max(...holds.map(({ from, to }) => to - from - garbage.within(from, to))),
    turns: holds.length,
  };
}
