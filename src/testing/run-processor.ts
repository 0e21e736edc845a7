import { EndFrame, type Frame, type FrameDirection, StartFrame } from "../frames/index.ts";
import {
  type FrameClass,
  type FrameProcessor,
  type FrameReceiver,
  type Observer,
  Pipeline,
} from "../pipeline/index.ts";
import { ObserverHub } from "../pipeline/observing/observer-hub.ts";
import { type Logger, silentLogger } from "../util/logger.ts";
import { safeLogger } from "../util/safe-logger.ts";
import { VirtualClock } from "./virtual-clock.ts";

/**
 * A frame to send, a frame with its direction, or a pause. Frames without a pause between them are sent at once: an
 * interruption then finds the frames before it still queued. `{ waitMs: 0 }` lets them be handled first.
 */
export type RunStep =
  | Frame
  | {
      /** Frame to send. */
      readonly frame: Frame;
      /** Direction in which it is sent. */
      readonly direction: FrameDirection;
    }
  | {
      /** Virtual time to wait, in milliseconds. */
      readonly waitMs: number;
    };

/** The kind of a frame, or a class it must be an instance of. */
export type ExpectedFrame = string | FrameClass;

/** Options of {@link runProcessor}. */
export interface RunProcessorOptions {
  /** Direction of frames that do not specify one. Default "downstream". */
  readonly direction?: FrameDirection;
  /** Clock of the run. Time passes only in pauses and while waiting for the end. Default: a new clock. */
  readonly clock?: VirtualClock;
  /** Logger of the processors. Default: silent. */
  readonly logger?: Logger;
  /** Observers of the run. They have received all events when the run is over. */
  readonly observers?: readonly Observer[];
  /** Sample rate of captured audio in Hz. Default 16000. */
  readonly audioInSampleRate?: number;
  /** Sample rate of played audio in Hz. Default 24000. */
  readonly audioOutSampleRate?: number;
  /** Whether processors push `MetricsFrame`s, usage included. Default false. */
  readonly enableMetrics?: boolean;
  /** Added to the StartFrame's metadata. */
  readonly startMetadata?: Readonly<Record<string, unknown>>;
  /** Whether an EndFrame follows the frames. Default true. */
  readonly end?: boolean;
  /** How long the EndFrame may take to leave, in milliseconds of virtual time. Default one hour. */
  readonly timeoutMs?: number;
  /** The frames that must leave downstream, in this order and no others, except Start and End. */
  readonly expectDownstream?: readonly ExpectedFrame[];
  /** The frames that must leave upstream, in this order and no others. */
  readonly expectUpstream?: readonly ExpectedFrame[];
}

/** The frames that left the processors. */
export interface RunProcessorResult {
  /** Frames that left downstream, except the StartFrame and the EndFrame. */
  readonly downstream: readonly Frame[];
  /** Frames that left upstream. */
  readonly upstream: readonly Frame[];
}

/**
 * Runs one or several processors from setup to cleanup in virtual time: sends a StartFrame, the frames, then an
 * EndFrame, and returns what left at either side.
 *
 * @throws Error if the frames differ from what was expected, or the EndFrame does not leave in time.
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
  const matches = (frame: Frame, wanted: ExpectedFrame | undefined): boolean =>
    typeof wanted === "function" ? frame instanceof wanted : frame.kind === wanted;
  if (
    expected !== undefined &&
    !(frames.length === expected.length && frames.every((f, i) => matches(f, expected[i])))
  ) {
    const kinds = frames.map((frame) => frame.kind).join(", ");
    const wanted = expected.map((one) => (typeof one === "string" ? one : one.name)).join(", ");
    throw new Error(`Left ${side}: [${kinds}], expected: [${wanted}].`);
  }
}
