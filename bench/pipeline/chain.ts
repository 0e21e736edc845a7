import { type Frame, type FrameDirection, StartFrame } from "../../src/frames/index.ts";
import { FrameProcessor, Pipeline } from "../../src/pipeline/index.ts";
import type { ObserverHub } from "../../src/pipeline/observing/observer-hub.ts";
import { systemClock } from "../../src/util/clock.ts";
import { silentLogger } from "../../src/util/logger.ts";

/** The length of the chain that the targets refer to: ten processors that only pass frames on. */
export const PROCESSORS = 10;

export class PassThrough extends FrameProcessor {}

export interface Chain {
  readonly processors: readonly FrameProcessor[];
  readonly pipeline: Pipeline;
  close(): Promise<void>;
}

/** Starts a chain of processors; `arrived` is called with every frame that leaves it. */
export async function startChain(
  arrived: (frame: Frame) => void,
  make = () => new PassThrough(),
  observers?: ObserverHub,
): Promise<Chain> {
  const processors = Array.from({ length: PROCESSORS }, make);
  const pipeline = new Pipeline(processors);
  const started = Promise.withResolvers<undefined>();
  pipeline.link(
    { name: "source", queueFrame: () => undefined },
    {
      name: "sink",
      queueFrame: (frame: Frame, _direction?: FrameDirection) => {
        if (frame instanceof StartFrame) started.resolve(undefined);
        else arrived(frame);
      },
    },
  );
  const rates = { audioInSampleRate: 16_000, audioOutSampleRate: 24_000 };
  const { signal } = new AbortController();
  await pipeline.setup({
    clock: systemClock,
    logger: silentLogger,
    ...rates,
    enableMetrics: false,
    enableUsageMetrics: false,
    signal,
    ...(observers && { observers }),
  });
  pipeline.queueFrame(new StartFrame(rates));
  await started.promise;
  return { processors, pipeline, close: () => pipeline.cleanup() };
}
