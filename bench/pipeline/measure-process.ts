import { nextTurn } from "../../src/util/next-turn.ts";
import { serve } from "../lib/child.ts";
import { type LoopHolds, loopHolds } from "./event-loop.ts";
import { type Hour, simulatedCall } from "./hour.ts";
import { interruptions, type InterruptionTimes } from "./interruption.ts";
import { type Contestant, hopsPerSecond, nodeStreams, ourPipeline, traverseMs } from "./throughput.ts";

export interface Pair {
  readonly ours: number[];
  readonly streams: number[];
}

export interface ObservedPair {
  readonly plain: number[];
  readonly observed: number[];
}

/** The requests of the measuring process. It is a separate process so that the bench's main process does not affect it. */
export type Measurements = {
  hops: [argument: { rounds: number; frames: number }, answer: Pair];
  observed: [argument: { rounds: number; frames: number }, answer: ObservedPair];
  traverse: [argument: { rounds: number }, answer: Pair];
  interruptions: [argument: { rounds: number; queued: number }, answer: InterruptionTimes];
  loop: [argument: { rounds: number; frames: number }, answer: LoopHolds];
  call: [argument: { minutes: number }, answer: Hour];
};

/** Measures both in turns, so that noise on the machine affects both. */
async function inTurns(rounds: number, measure: (contestant: Contestant) => Promise<number>): Promise<Pair> {
  const pair: Pair = { ours: [], streams: [] };
  const contestants = { ours: await ourPipeline(), streams: nodeStreams() };
  // The first rounds are slower for both: the compiler is still at work.
  for (let round = -3; round < rounds; round++) {
    for (const name of ["ours", "streams"] as const) {
      const value = await measure(contestants[name]);
      if (round >= 0) pair[name].push(value);
      await nextTurn();
    }
  }
  await Promise.all([contestants.ours.close(), contestants.streams.close()]);
  return pair;
}

/** Measures with and without an observer that does nothing, in turns. */
async function observedHops(rounds: number, frames: number): Promise<ObservedPair> {
  const pair: ObservedPair = { plain: [], observed: [] };
  const contestants = { plain: await ourPipeline(), observed: await ourPipeline([{ onPush: () => undefined }]) };
  for (let round = -3; round < rounds; round++) {
    for (const name of ["plain", "observed"] as const) {
      const value = await hopsPerSecond(contestants[name], frames);
      if (round >= 0) pair[name].push(value);
      // The observer's queue must not drain during the other's round.
      await contestants[name].settled();
    }
  }
  await Promise.all([contestants.plain.close(), contestants.observed.close()]);
  return pair;
}

serve<Measurements>(
  {
    hops: ({ rounds, frames }) => inTurns(rounds, (contestant) => hopsPerSecond(contestant, frames)),
    observed: ({ rounds, frames }) => observedHops(rounds, frames),
    traverse: ({ rounds }) => inTurns(rounds, traverseMs),
    interruptions: ({ rounds, queued }) => interruptions(rounds, queued),
    loop: ({ rounds, frames }) => loopHolds(frames, rounds),
    call: ({ minutes }) => simulatedCall(minutes),
  },
  () => Promise.resolve(),
);
