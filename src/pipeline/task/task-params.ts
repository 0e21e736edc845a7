import { InvalidOptionError } from "../../util/errors.ts";
import type { FrameClass } from "../frame-types.ts";
import { DEFAULT_ACTIVITY } from "./task-idle.ts";

/** Rates, timeouts and policies of a task. Times are in milliseconds. */
export interface PipelineTaskParams {
  /** Rate of captured audio, in Hz. Default 16 000. */
  readonly audioInSampleRate?: number;
  /** Rate of the bot's audio, in Hz. Default 24 000. */
  readonly audioOutSampleRate?: number;
  /** Whether processors measure and push `MetricsFrame`s. Default false. */
  readonly enableMetrics?: boolean;
  /** Whether they push the tokens, characters and seconds used as well. Default false. */
  readonly enableUsageMetrics?: boolean;
  /** Metadata of the StartFrame, for every processor to read. Default empty. */
  readonly startMetadata?: Readonly<Record<string, unknown>>;
  /**
   * How long the setup of all processors together may take; they set up at the same time. Default 20 000, or what a processor
   * with deadlines of its own needs: a transport's `joinTimeoutMs` decides, not this.
   */
  readonly setupTimeoutMs?: number;
  /** How long the StartFrame may take through the pipeline. Default 20 000. */
  readonly startTimeoutMs?: number;
  /**
   * How long an End or StopFrame may take from its first push, wherever it was made, until it comes out; everything that is
   * still to be said must be said within it. Then the task is cancelled. Default 30 000.
   */
  readonly endTimeoutMs?: number;
  /** How long the processors may take to handle the CancelFrame; then they are cleaned up anyway. Default 5000. */
  readonly cancelTimeoutMs?: number;
  /** How long the processors may take to clean up; then `run()` settles without waiting longer. Default 10 000. */
  readonly cleanupTimeoutMs?: number;
  /** How long nobody may speak before `idleTimeout` is emitted; 0 disables it. Default 300 000. */
  readonly idleTimeoutMs?: number;
  /** Frames that count as activity wherever they are pushed. Default: the speaking frames of user and bot. */
  readonly idleTimeoutFrames?: readonly FrameClass[];
  /** Whether an `idleTimeout` cancels the task, unless a listener calls `keepRunning()`. Default true. */
  readonly cancelOnIdleTimeout?: boolean;
  /** Whether heartbeats travel through the pipeline, and `heartbeatTimeout` is emitted when they do not arrive. Default false. */
  readonly enableHeartbeats?: boolean;
  /** Time between two heartbeats. Default 1000. */
  readonly heartbeatPeriodMs?: number;
  /** How long no heartbeat may arrive before `heartbeatTimeout` is emitted. Default 10 000. */
  readonly heartbeatMonitorMs?: number;
  /** What the task does when a processor reports a permanent error, such as a wrong key. Default "continue". */
  readonly processorUnusablePolicy?: "continue" | "end" | "cancel";
}

/** Above this, Node fires a timer at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Fills in the defaults.
 *
 * @throws InvalidOptionError for a number that cannot work.
 */
export function resolveParams(given: PipelineTaskParams = {}): Required<PipelineTaskParams> {
  const params = {
    audioInSampleRate: 16_000,
    audioOutSampleRate: 24_000,
    enableMetrics: false,
    enableUsageMetrics: false,
    startMetadata: {},
    setupTimeoutMs: 20_000,
    startTimeoutMs: 20_000,
    endTimeoutMs: 30_000,
    cancelTimeoutMs: 5000,
    cleanupTimeoutMs: 10_000,
    idleTimeoutMs: 300_000,
    idleTimeoutFrames: DEFAULT_ACTIVITY,
    cancelOnIdleTimeout: true,
    enableHeartbeats: false,
    heartbeatPeriodMs: 1000,
    heartbeatMonitorMs: 10_000,
    processorUnusablePolicy: "continue" as const,
    ...given,
  };
  for (const [name, value] of Object.entries(params)) {
    if (name.endsWith("Ms")) checkTime(name, value as number, name.startsWith("heartbeat") ? 1 : 0);
    else if (name.endsWith("SampleRate")) checkRate(name, value as number);
  }
  return params;
}

function checkTime(name: string, value: number, min: number): void {
  if (!(value >= min && value <= MAX_TIMER_MS))
    throw new InvalidOptionError(`params.${name}`, `must be ${min} to ${MAX_TIMER_MS} ms, not ${String(value)}.`);
}

function checkRate(name: string, value: number): void {
  if (!(Number.isInteger(value) && value > 0))
    throw new InvalidOptionError(`params.${name}`, `must be a whole number of Hz, not ${String(value)}.`);
}
