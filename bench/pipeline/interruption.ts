import { type Frame, type FrameDirection, InterruptionFrame, TextFrame } from "../../src/frames/index.ts";
import type { ProcessContext } from "../../src/pipeline/index.ts";
import { nextTurn } from "../../src/util/next-turn.ts";
import { PassThrough, startChain } from "./chain.ts";

/** Handles its first ordered frame until it is interrupted: everything else waits behind it. */
class Busy extends PassThrough {
  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    if (!(frame instanceof TextFrame)) {
      ctx.push(frame, direction);
      return;
    }
    const { signal } = ctx;
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  }
}

export interface InterruptionTimes {
  /** From queueing the interruption until it leaves the chain, in milliseconds. */
  readonly ms: number[];
  /** Interrupted frames that left the chain all the same. */
  readonly leaked: number;
}

/** Measures how long an interruption takes through ten busy processors with `queued` frames waiting between them. */
export async function interruptions(rounds: number, queued: number): Promise<InterruptionTimes> {
  let out: () => void = () => undefined;
  let leaked = 0;
  const chain = await startChain(
    (frame) => {
      if (frame instanceof InterruptionFrame) out();
      else leaked++;
    },
    () => new Busy(),
  );
  const frames = Array.from({ length: queued }, () => new TextFrame("x"));
  const ms: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [index, frame] of frames.entries()) chain.processors[index % chain.processors.length]?.queueFrame(frame);
    await nextTurn();
    const left = new Promise<void>((resolve) => {
      out = resolve;
    });
    const startMs = performance.now();
    chain.pipeline.queueFrame(new InterruptionFrame());
    await left;
    ms.push(performance.now() - startMs);
    await nextTurn();
  }
  await chain.close();
  return { ms, leaked };
}
