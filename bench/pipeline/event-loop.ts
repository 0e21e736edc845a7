import { TextFrame } from "../../src/frames/index.ts";
import { nextTurn } from "../../src/util/next-turn.ts";
import { startChain } from "./chain.ts";
import { GarbagePauses } from "./garbage.ts";

export interface LoopHolds {
  /** The longest time between two turns of the event loop, in milliseconds. */
  readonly maxMs: number;
  /**
   * The longest turn, in milliseconds, in which the system did not preempt this thread, minus garbage collection. Undefined
   * when there was none.
   */
  readonly maxOwnMs: number | undefined;
  readonly turns: number;
  /** Turns in which the system ran other threads on this core, such as V8's own compiler threads. */
  readonly preemptedTurns: number;
}

interface Turn {
  readonly ms: number;
  readonly ownMs: number;
  readonly preempted: boolean;
}

/** Measures how long the event loop is blocked while `frames` frames, all queued beforehand, drain through ten processors. */
export async function loopHolds(frames: number, rounds: number): Promise<LoopHolds> {
  const turns: Turn[] = [];
  for (let round = 0; round < rounds; round++) turns.push(...(await oneDrain(frames)));
  const own = turns.filter(({ preempted }) => !preempted).map(({ ownMs }) => ownMs);
  return {
    maxMs: Math.max(...turns.map(({ ms }) => ms)),
    maxOwnMs: own.length === 0 ? undefined : Math.max(...own),
    turns: turns.length,
    preemptedTurns: turns.length - own.length,
  };
}

async function oneDrain(frames: number): Promise<Turn[]> {
  using garbage = new GarbagePauses();
  let left = frames;
  const chain = await startChain(() => left--);
  const batch = Array.from({ length: frames }, () => new TextFrame("x"));
  await nextTurn();
  // Queueing is the caller's time; the measurement begins with the turn after it.
  for (const frame of batch) chain.pipeline.queueFrame(frame);
  const marks = [mark()];
  while (left > 0) {
    await nextTurn();
    marks.push(mark());
  }
  await nextTurn();
  await chain.close();
  return marks.slice(1).map((to, index) => {
    const from = marks[index] ?? to;
    const ms = to.atMs - from.atMs;
    return { ms, ownMs: ms - garbage.within(from.atMs, to.atMs), preempted: to.switches > from.switches };
  });
}

function mark(): { readonly atMs: number; readonly switches: number } {
  return { atMs: performance.now(), switches: process.resourceUsage().involuntaryContextSwitches };
}
