import { type Frame, type FrameDirection, InterruptionFrame, TextFrame } from "../../src/frames/index.ts";
import type { ProcessContext } from "../../src/pipeline/index.ts";
import { nextTurn } from "../../src/util/next-turn.ts";
import { PassThrough, startChain } from "./chain.ts";

/** Works on its first ordered frame until it is told to stop: everything else waits behind it. */
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
  /** From the interruption's queueing to its leaving, in ms. */
  readonly ms: number[];
  /** Frames that came through although they were void. */
  readonly leaked: number;
}

/** Ten busy processors with `queued` frames waiting between them; how long until all of it is void and it is out. */
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
