import { EndFrame, StartFrame } from "../frames/index.ts";
import type { Frame, FrameDirection } from "../frames/index.ts";
import type { FrameProcessor, FrameReceiver } from "../pipeline/index.ts";
import { Pipeline } from "../pipeline/index.ts";
import { silentLogger } from "../util/logger.ts";
import type { Logger } from "../util/logger.ts";
import { VirtualClock } from "./virtual-clock.ts";

/**
 * A frame to send, one to send against the default direction, or a pause. Frames without a pause between them are sent at
 * once: an interruption then finds those before it still waiting; `{ waitMs: 0 }` lets them be handled first.
 */
export type RunStep =
  Frame | { readonly frame: Frame; readonly direction: FrameDirection } | { readonly waitMs: number };

export interface RunProcessorOptions {
  /** Of the frames that say nothing else. Default "downstream". */
  readonly direction?: FrameDirection;
  /** Default: a new one. Time passes only in pauses and while the end is awaited. */
  readonly clock?: VirtualClock;
  readonly logger?: Logger;
  /** Hz. Default 16000. */
  readonly audioInSampleRate?: number;
  /** Hz. Default 24000. */
  readonly audioOutSampleRate?: number;
  /** Whether an EndFrame follows the frames. Default true. */
  readonly end?: boolean;
  /** How much virtual time may pass until it has come out. Default one hour. */
  readonly timeoutMs?: number;
  /** Kinds that must leave downstream, in this order, Start and End aside. */
  readonly expectDownstream?: readonly string[];
  /** Kinds that must leave upstream, in this order. */
  readonly expectUpstream?: readonly string[];
}

export interface RunProcessorResult {
  /** What left downstream, the StartFrame and the EndFrame aside. */
  readonly downstream: readonly Frame[];
  readonly upstream: readonly Frame[];
}

/**
 * Runs one processor from setup to cleanup on virtual time: sends it a StartFrame, the frames, then an EndFrame, and tells
 * what left at either side. Throws when that differs from what was expected.
 */
export async function runProcessor(
  processor: FrameProcessor,
  steps: readonly RunStep[],
  options: RunProcessorOptions = {},
): Promise<RunProcessorResult> {
  const clock = options.clock ?? new VirtualClock();
  const downstream: Frame[] = [];
  const upstream: Frame[] = [];
  const ended = Promise.withResolvers<undefined>();
  const collect: FrameReceiver["queueFrame"] = (frame, direction = "downstream") => {
    if (direction === "upstream") {
      upstream.push(frame);
    } else if (frame instanceof EndFrame) {
      ended.resolve(undefined);
    } else if (!(frame instanceof StartFrame)) {
      downstream.push(frame);
    }
  };
  const pipeline = new Pipeline([processor]);
  pipeline.link({ name: "test.source", queueFrame: collect }, { name: "test.sink", queueFrame: collect });
  const audioInSampleRate = options.audioInSampleRate ?? 16_000;
  const audioOutSampleRate = options.audioOutSampleRate ?? 24_000;
  const controller = new AbortController();
  try {
    await clock.advanceUntil(
      pipeline.setup({
        clock,
        logger: options.logger ?? silentLogger,
        audioInSampleRate,
        audioOutSampleRate,
        signal: controller.signal,
      }),
    );
    pipeline.queueFrame(new StartFrame({ audioInSampleRate, audioOutSampleRate }));
    for (const step of steps) {
      if ("waitMs" in step) {
        await clock.advance(step.waitMs);
      } else if ("frame" in step) {
        pipeline.queueFrame(step.frame, step.direction);
      } else {
        pipeline.queueFrame(step, options.direction);
      }
    }
    if (options.end ?? true) {
      pipeline.queueFrame(new EndFrame());
      await clock.advanceUntil(ended.promise, options.timeoutMs);
    } else {
      await clock.advance(0);
    }
  } finally {
    controller.abort();
    await clock.advanceUntil(pipeline.cleanup());
  }
  expectKinds("downstream", downstream, options.expectDownstream);
  expectKinds("upstream", upstream, options.expectUpstream);
  return { downstream, upstream };
}

function expectKinds(side: FrameDirection, frames: readonly Frame[], expected: readonly string[] | undefined): void {
  const kinds = frames.map((frame) => frame.kind).join(", ");
  if (expected !== undefined && kinds !== expected.join(", ")) {
    throw new Error(`Left ${side}: [${kinds}], expected: [${expected.join(", ")}].`);
  }
}
