import { ControlFrame, type Frame, SystemFrame } from "./frame.ts";

export interface StartFrameFields {
  /** Hz. */
  readonly audioInSampleRate: number;
  /** Hz. */
  readonly audioOutSampleRate: number;
  /** Whether processors measure and push `MetricsFrame`s. Default false. */
  readonly enableMetrics?: boolean;
  /** Whether those tell tokens, characters and seconds used as well. Default false. */
  readonly enableUsageMetrics?: boolean;
}

/** The first frame every processor handles; all else waits behind it. */
export class StartFrame extends SystemFrame {
  readonly kind = "StartFrame";
  readonly audioInSampleRate: number;
  readonly audioOutSampleRate: number;
  readonly enableMetrics: boolean;
  readonly enableUsageMetrics: boolean;

  constructor(fields: StartFrameFields) {
    super();
    this.audioInSampleRate = fields.audioInSampleRate;
    this.audioOutSampleRate = fields.audioOutSampleRate;
    this.enableMetrics = fields.enableMetrics ?? false;
    this.enableUsageMetrics = fields.enableUsageMetrics ?? false;
  }
}

/** The graceful end: travels behind all queued data, so that everything is still said. */
export class EndFrame extends ControlFrame {
  readonly kind = "EndFrame";
  override readonly uninterruptible = true;
  readonly reason: string | undefined;

  constructor(reason?: string) {
    super();
    this.reason = reason;
  }
}

/** Like {@link EndFrame}, for pipelines whose connections should stay as they are until cleanup. */
export class StopFrame extends ControlFrame {
  readonly kind = "StopFrame";
  override readonly uninterruptible = true;
}

/** Stop now. Reaches every processor directly, past whatever is queued or stuck. */
export class CancelFrame extends SystemFrame {
  readonly kind = "CancelFrame";
  readonly reason: string | undefined;

  constructor(reason?: string) {
    super();
    this.reason = reason;
  }
}

/** Push it upstream from a processor to ask the task for a graceful end. */
export class EndTaskFrame extends ControlFrame {
  readonly kind = "EndTaskFrame";
  override readonly uninterruptible = true;
  readonly reason: string | undefined;

  constructor(reason?: string) {
    super();
    this.reason = reason;
  }
}

/** Push it upstream from a processor to ask the task to cancel. */
export class CancelTaskFrame extends SystemFrame {
  readonly kind = "CancelTaskFrame";
  readonly reason: string | undefined;

  constructor(reason?: string) {
    super();
    this.reason = reason;
  }
}

/** Push it upstream from a processor to ask the task for a stop that leaves connections as they are. */
export class StopTaskFrame extends ControlFrame {
  readonly kind = "StopTaskFrame";
  override readonly uninterruptible = true;
}

/** Push it upstream from a processor to ask the task for an interruption of the whole pipeline. */
export class InterruptionTaskFrame extends SystemFrame {
  readonly kind = "InterruptionTaskFrame";
}

/** Travels down behind all queued frames and back up; `task.flush()` waits for it. */
export class PipelineFlushFrame extends ControlFrame {
  readonly kind = "PipelineFlushFrame";
  override readonly uninterruptible = true;
}

/** Measures how long an ordered frame takes through the pipeline. */
export class HeartbeatFrame extends ControlFrame {
  readonly kind = "HeartbeatFrame";
  /** When it was sent, on the pipeline's clock. */
  readonly sentAtMs: number;

  constructor(sentAtMs: number) {
    super();
    this.sentAtMs = sentAtMs;
  }
}

export type LifecycleFrame = StartFrame | EndFrame | StopFrame | CancelFrame;

/** The frames that must arrive whatever the handlers on their way do. */
export function isLifecycleFrame(frame: Frame): frame is LifecycleFrame {
  return (
    frame instanceof StartFrame ||
    frame instanceof EndFrame ||
    frame instanceof StopFrame ||
    frame instanceof CancelFrame
  );
}
