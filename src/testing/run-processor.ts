import { EndFrame, type Frame, type FrameDirection, StartFrame } from "../frames/index.ts";
import {
  type FrameClass,
  type FrameProcessor,
  type FrameReceiver,
  type Observer,
  ObserverHub,
  Pipeline,
} from "../pipeline/index.ts";
import { type Logger, silentLogger } from "../util/logger.ts";
import { safeLogger } from "../util/safe-logger.ts";
import { VirtualClock } from "./virtual-clock.ts";

/**
 * A frame to send, one to send against the default direction, or a pause. Frames without a pause between them are sent at
 * once: an interruption then finds those before it still waiting; `{ waitMs: 0 }` lets them be handled first.
 */
export type RunStep =
  Frame | { readonly frame: Frame; readonly direction: FrameDirection } | { readonly waitMs: number };

/** A frame's kind, or a class it must be an instance of. */
export type ExpectedFrame = string | FrameClass;

export interface RunProcessorOptions {
  /** Of the frames that say nothing else. Default "downstream". */
  readonly direction?: FrameDirection;
  /** Default: a new one. Time passes only in pauses and while the end is awaited. */
  readonly clock?: VirtualClock;
  readonly logger?: Logger;
  /** Have been told of everything when the run is over. */
  readonly observers?: readonly Observer[];
  /** Hz. Default 16000. */
  readonly audioInSampleRate?: number;
  /** Hz. Default 24000. */
  readonly audioOutSampleRate?: number;
  /** Whether processors push `MetricsFrame`s, usage included. Default false. */
  readonly enableMetrics?: boolean;
  /** Goes into the StartFrame's metadata. */
  readonly startMetadata?: Readonly<Record<string, unknown>>;
  /** Whether an EndFrame follows the frames. Default true. */
  readonly end?: boolean;
  /** How much virtual time may pass until it has come out. Default one hour. */
  readonly timeoutMs?: number;
  /** What must leave downstream, in this order and nothing else, Start and End aside. */
  readonly expectDownstream?: readonly ExpectedFrame[];
  /** What must leave upstream, in this order and nothing else. */
  readonly expectUpstream?: readonly ExpectedFrame[];
}

export interface RunProcessorResult {
  /** What left downstream, the StartFrame and the EndFrame aside. */
  readonly downstream: readonly Frame[];
  readonly upstream: readonly Frame[];
}

/**
 * Runs a processor, or several in a row, from setup to cleanup on virtual time: sends a StartFrame, the frames, then an
 * EndFrame, and tells what left at either side. Throws when that differs from what was expected, or when the EndFrame
 * does not come out.
 *
 * @example
 * ```ts
 * const { downstream } = await runProcessor(new Shouter(), [new TextFrame("hi"), { waitMs: 200 }, new InterruptionFrame()], {
 *   expectDownstream: [TextFrame, InterruptionFrame],
 *   expectUpstream: [],
 * });
 * expect(downstream[0]).toMatchObject({ text: "HI" });
 * ```
 */
export async function runProcessor(
  processor: FrameProcessor | readonly FrameProcessor[],
  steps: readonly RunStep[],
  options: RunProcessorOptions = {},
): Promise<RunProcessorResult> {
  const clock = options.clock ?? new VirtualClock();
  const logger = safeLogger(options.logger ?? silentLogger);
  const observers = new ObserverHub(logger, options.observers);
  const downstream: Frame[] = [];
  const upstream: Frame[] = [];
  const ended = Promise.withResolvers<undefined>();
  const collect: FrameReceiver["queueFrame"] = (frame, direction = "downstream") => {
    if (direction === "upstream") upstream.push(frame);
    else if (frame instanceof EndFrame) ended.resolve(undefined);
    else if (!(frame instanceof StartFrame)) downstream.push(frame);
  };
  const pipeline = new Pipeline("process" in processor ? [processor] : processor);
  pipeline.link({ name: "test.source", queueFrame: collect }, { name: "test.sink", queueFrame: collect });
  const params = {
    audioInSampleRate: options.audioInSampleRate ?? 16_000,
    audioOutSampleRate: options.audioOutSampleRate ?? 24_000,
    enableMetrics: options.enableMetrics ?? false,
    enableUsageMetrics: options.enableMetrics ?? false,
  };
  const controller = new AbortController();
  try {
    await clock.advanceUntil(pipeline.setup({ ...params, clock, logger, observers, signal: controller.signal }));
    const start = new StartFrame(params);
    Object.assign(start.metadata, options.startMetadata);
    pipeline.queueFrame(start);
    for (const step of steps) {
      if ("waitMs" in step) await clock.advance(step.waitMs);
      else if ("frame" in step) pipeline.queueFrame(step.frame, step.direction);
      else pipeline.queueFrame(step, options.direction);
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
    await clock.advanceUntil(observers.flush(clock));
  }
  expectFrames("downstream", downstream, options.expectDownstream);
  expectFrames("upstream", upstream, options.expectUpstream);
  return { downstream, upstream };
}

function expectFrames(
  side: FrameDirection,
  frames: readonly Frame[],
  expected: readonly ExpectedFrame[] | undefined,
): void {
  const fits = (frame: Frame, wanted: ExpectedFrame | undefined): boolean =>
    typeof wanted === "function" ? frame instanceof wanted : frame.kind === wanted;
  if (expected !== undefined && !(frames.length === expected.length && frames.every((f, i) => fits(f, expected[i])))) {
    const kinds = frames.map((frame) => frame.kind).join(", ");
    const wanted = expected.map((one) => (typeof one === "string" ? one : one.name)).join(", ");
    throw new Error(`Left ${side}: [${kinds}], expected: [${wanted}].`);
  }
}
