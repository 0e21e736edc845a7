import { ControlFrame, SystemFrame } from "./frame.ts";

/** Everything said or queued before it is void: queues are emptied and running handlers aborted. */
export class InterruptionFrame extends SystemFrame {
  readonly kind = "InterruptionFrame";
}

/**
 * What kind of failure an {@link ErrorFrame} reports. The first three do not go away by trying again, where the processor
 * says so itself; "application" is the failure of code that a service runs for the application, such as a function.
 */
export type ErrorCategory =
  | "authentication"
  | "authorization"
  | "invalidRequest"
  | "quota"
  | "rateLimit"
  | "server"
  | "connectivity"
  | "application"
  | "unknown";

export interface ErrorFrameOptions {
  /** Whether the whole task must stop. Default false. */
  readonly fatal?: boolean;
  /** Name of the processor that reports it. */
  readonly processor?: string;
  /** Default "unknown". */
  readonly category?: ErrorCategory;
  /** Whether trying again cannot help. Default: as the category says. */
  readonly permanent?: boolean;
}

const PERMANENT: ReadonlySet<ErrorCategory> = new Set(["authentication", "authorization", "invalidRequest"]);

/** A failure on its way upstream to the task, which emits it as its `error` event. */
export class ErrorFrame extends SystemFrame {
  readonly kind = "ErrorFrame";
  readonly error: Error;
  readonly fatal: boolean;
  readonly processor: string | undefined;
  readonly errorCategory: ErrorCategory;
  /** Trying again cannot help: the processor that reports it is unusable until its settings change. */
  readonly permanent: boolean;

  constructor(error: Error, options: ErrorFrameOptions = {}) {
    super();
    this.error = error;
    this.fatal = options.fatal ?? false;
    this.processor = options.processor;
    this.errorCategory = options.category ?? "unknown";
    this.permanent = options.permanent ?? PERMANENT.has(this.errorCategory);
  }
}

/** Holds the ordered frames of one processor, from this place in the queue on. */
export class FrameProcessorPauseFrame extends ControlFrame {
  readonly kind = "FrameProcessorPauseFrame";
  /** Name of the processor meant. */
  readonly processor: string;

  constructor(processor: string) {
    super();
    this.processor = processor;
  }
}

/** Holds the ordered frames of one processor at once. */
export class FrameProcessorPauseUrgentFrame extends SystemFrame {
  readonly kind = "FrameProcessorPauseUrgentFrame";
  /** Name of the processor meant. */
  readonly processor: string;

  constructor(processor: string) {
    super();
    this.processor = processor;
  }
}

/** Lets the ordered frames of one processor go on. A system frame: an ordered one would wait behind the pause itself. */
export class FrameProcessorResumeFrame extends SystemFrame {
  readonly kind = "FrameProcessorResumeFrame";
  /** Name of the processor meant. */
  readonly processor: string;

  constructor(processor: string) {
    super();
    this.processor = processor;
  }
}
