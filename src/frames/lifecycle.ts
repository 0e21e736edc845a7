import { ControlFrame, type Frame, SystemFrame } from "./frame.ts";

/** Fields of a {@link StartFrame}. */
export interface StartFrameFields {
  /** Sample rate of captured audio in Hz. */
  readonly audioInSampleRate: number;
  /** Sample rate of played audio in Hz. */
  readonly audioOutSampleRate: number;
  /** Whether processors measure and push `MetricsFrame`s. Default false. */
  readonly enableMetrics?: boolean;
  /** Whether the metrics include usage: tokens, characters and seconds of audio. Default false. */
  readonly enableUsageMetrics?: boolean;
}

/** The first frame that every processor handles; all other frames wait behind it. */
export class StartFrame extends SystemFrame {
  readonly kind = "StartFrame";
  /** Sample rate of captured audio in Hz. */
  readonly audioInSampleRate: number;
  /** Sample rate of played audio in Hz. */
  readonly audioOutSampleRate: number;
  /** Whether processors measure and push `MetricsFrame`s. */
  readonly enableMetrics: boolean;
  /** Whether the metrics include usage: tokens, characters and seconds of audio. */
  readonly enableUsageMetrics: boolean;

  constructor(fields: StartFrameFields) {
    super();
    this.audioInSampleRate = fields.audioInSampleRate;
    this.audioOutSampleRate = fields.audioOutSampleRate;
    this.enableMetrics = fields.enableMetrics ?? false;
    this.enableUsageMetrics = fields.enableUsageMetrics ?? false;
  }
}

/** Ends the pipeline gracefully: travels behind all queued data, so that the bot still says all of it. */
export class EndFrame extends ControlFrame {
  readonly kind = "EndFrame";
  override readonly uninterruptible = true;
  /** Why the pipeline ends; for logs. */
  readonly reason: string | undefined;

  constructor(reason?: string) {
    super();
    this.reason = reason;
  }
}

/** Ends the pipeline like {@link EndFrame}, but leaves connections as they are until cleanup. */
export class StopFrame extends ControlFrame {
  readonly kind = "StopFrame";
  override readonly uninterruptible = true;
}

/** Stops the pipeline at once. Reaches every processor directly, past frames that are queued or stuck. */
export class CancelFrame extends SystemFrame {
  readonly kind = "CancelFrame";
  /** Why the pipeline is cancelled; for logs. */
  readonly reason: string | undefined;

  constructor(reason?: string) {
    super();
    this.reason = reason;
  }
}

/** Asks the task for a graceful end. Push it upstream from a processor. */
export class EndTaskFrame extends ControlFrame {
  readonly kind = "EndTaskFrame";
  override readonly uninterruptible = true;
  /** Why the task should end; for logs. */
  readonly reason: string | undefined;

  constructor(reason?: string) {
    super();
    this.reason = reason;
  }
}

/** Asks the task to cancel. Push it upstream from a processor. */
export class CancelTaskFrame extends SystemFrame {
  readonly kind = "CancelTaskFrame";
  /** Why the task should cancel; for logs. */
  readonly reason: string | undefined;

  constructor(reason?: string) {
    super();
    this.reason = reason;
  }
}

/** Asks the task for a stop that leaves connections as they are. Push it upstream from a processor. */
export class StopTaskFrame extends ControlFrame {
  readonly kind = "StopTaskFrame";
  override readonly uninterruptible = true;
}

/** Asks the task to interrupt the whole pipeline. Push it upstream from a processor. */
export class InterruptionTaskFrame extends SystemFrame {
  readonly kind = "InterruptionTaskFrame";
}

/** Travels downstream behind all queued frames and back upstream; `task.flush()` waits for it. */
export class PipelineFlushFrame extends ControlFrame {
  readonly kind = "PipelineFlushFrame";
  override readonly uninterruptible = true;
}

/**
 * Travels like a {@link PipelineFlushFrame}, but in the lane of system frames: it passes ordered frames that wait, and returns
 * once every processor has handled the interruption that was sent before it.
 */
export class PipelineFlushUrgentFrame extends SystemFrame {
  readonly kind = "PipelineFlushUrgentFrame";
}

/** Measures how long an ordered frame takes to travel through the pipeline. */
export class HeartbeatFrame extends ControlFrame {
  readonly kind = "HeartbeatFrame";
  /** When the frame was sent, in milliseconds on the pipeline's clock. */
  readonly sentAtMs: number;

  constructor(sentAtMs: number) {
    super();
    this.sentAtMs = sentAtMs;
  }
}

/** The frames that start and end a pipeline. */
export type LifecycleFrame = StartFrame | EndFrame | StopFrame | CancelFrame;

/** Whether this frame starts or ends the pipeline. Such a frame must arrive, whatever the handlers on its way do. */
export function isLifecycleFrame(frame: Frame): frame is LifecycleFrame {
  return (
    frame instanceof StartFrame ||
    frame instanceof EndFrame ||
    frame instanceof StopFrame ||
    frame instanceof CancelFrame
  );
}
