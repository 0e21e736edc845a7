import { PassThrough as PassThroughStream, pipeline as joinStreams } from "node:stream";

import { type Frame, TextFrame } from "../../src/frames/index.ts";
import type { Observer } from "../../src/pipeline/index.ts";
import { ObserverHub } from "../../src/pipeline/observing/observer-hub.ts";
import { systemClock } from "../../src/util/clock.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { PROCESSORS, startChain } from "./chain.ts";

/** Sends frames through ten stages and resolves when the last frame has left. */
export type Sender = (frames: readonly Frame[]) => Promise<void>;

export interface Contestant {
  readonly send: Sender;
  close(): Promise<void> | void;
}

/** Starts our pipeline with these observers. */
export async function ourPipeline(
  observers: readonly Observer[] = [],
): Promise<Contestant & { settled(): Promise<unknown> }> {
  const count = counter();
  const hub = new ObserverHub(silentLogger, observers);
  const chain = await startChain(count.arrived, undefined, hub);
  const send: Sender = (frames) => {
    const done = count.expect(frames.length);
    for (const frame of frames) chain.pipeline.queueFrame(frame);
    return done;
  };
  return { send, close: () => chain.close(), settled: () => hub.flush(systemClock) };
}

/** Node's own tool for the same work: ten object-mode streams. They have neither priorities nor interruptions. */
export function nodeStreams(): Contestant {
  const count = counter();
  const stages = Array.from(
    { length: PROCESSORS },
    () => new PassThroughStream({ objectMode: true, highWaterMark: 1000 }),
  );
  joinStreams(stages, () => undefined);
  stages.at(-1)?.on("data", count.arrived);
  const send: Sender = (frames) => {
    const done = count.expect(frames.length);
    for (const frame of frames) stages[0]?.write(frame);
    return done;
  };
  return { send, close: () => void stages[0]?.destroy() };
}

function counter(): { arrived: () => void; expect: (frames: number) => Promise<void> } {
  let left = 0;
  let resolve: () => void = () => undefined;
  return {
    arrived: () => {
      left--;
      if (left === 0) resolve();
    },
    expect: (frames) => {
      left = frames;
      return new Promise((done) => {
        resolve = done;
      });
    },
  };
}

/** Frame-hops per second of one batch; a hop is one frame through one stage. */
export async function hopsPerSecond({ send }: Contestant, frames: number): Promise<number> {
  const batch = Array.from({ length: frames }, () => new TextFrame("x"));
  const startMs = performance.now();
  await send(batch);
  return (frames * PROCESSORS * 1000) / (performance.now() - startMs);
}

/** How long one frame takes through all stages while nothing else happens, in milliseconds. */
export async function traverseMs({ send }: Contestant): Promise<number> {
  const frame = new TextFrame("x");
  const startMs = performance.now();
  await send([frame]);
  return performance.now() - startMs;
}
