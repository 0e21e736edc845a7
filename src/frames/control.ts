import { ControlFrame, SystemFrame } from "./frame.ts";

/**
 * The user interrupts the bot. Processors drop the ordered frames they have queued and abort running handlers, unless
 * those are uninterruptible.
 */
export class InterruptionFrame extends SystemFrame {
  readonly kind = "InterruptionFrame";
}

/**
 * Kind of failure that an {@link ErrorFrame} reports. "authentication", "authorization" and "invalidRequest" are
 * permanent by default: trying again cannot help. "application" is a failure of application code that a service runs,
 * such as a function.
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

/** Options of an {@link ErrorFrame}. */
export interface ErrorFrameOptions {
  /** Whether the task must cancel. Default false. */
  readonly fatal?: boolean;
  /** Name of the processor that reports the failure. */
  readonly processor?: string;
  /** Kind of failure. Default "unknown". */
  readonly category?: ErrorCategory;
  /** Whether trying again cannot help. Default: true for "authentication", "authorization" and "invalidRequest". */
  readonly permanent?: boolean;
}

const PERMANENT: ReadonlySet<ErrorCategory> = new Set(["authentication", "authorization", "invalidRequest"]);

/** Carries a failure upstream to the task, which emits it as its `error` event. */
export class ErrorFrame extends SystemFrame {
  readonly kind = "ErrorFrame";
  /** The failure itself. */
  readonly error: Error;
  /** Whether the task must cancel. */
  readonly fatal: boolean;
  /** Name of the processor that reports the failure. */
  readonly processor: string | undefined;
  /** Kind of failure. */
  readonly errorCategory: ErrorCategory;
  /** Whether trying again cannot help. If so, the processor is unusable until its settings change. */
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

/** Pauses the ordered frames of one processor from this position in its queue on. */
export class FrameProcessorPauseFrame extends ControlFrame {
  readonly kind = "FrameProcessorPauseFrame";
  /** Name of the processor. */
  readonly processor: string;

  constructor(processor: string) {
    super();
    this.processor = processor;
  }
}

/** Pauses the ordered frames of one processor at once. */
export class FrameProcessorPauseUrgentFrame extends SystemFrame {
  readonly kind = "FrameProcessorPauseUrgentFrame";
  /** Name of the processor. */
  readonly processor: string;

  constructor(processor: string) {
    super();
    this.processor = processor;
  }
}

/**
 * Resumes the ordered frames of one processor. It is a system frame: an ordered one would wait behind the pause itself.
 */
export class FrameProcessorResumeFrame extends SystemFrame {
  readonly kind = "FrameProcessorResumeFrame";
  /** Name of the processor. */
  readonly processor: string;

  constructor(processor: string) {
    super();
    this.processor = processor;
  }
}
