import { SystemFrame } from "./frame.ts";

/** Everything said or queued before it is void: queues are emptied and running handlers aborted. */
export class InterruptionFrame extends SystemFrame {
  readonly kind = "InterruptionFrame";
}

/** What kind of failure an {@link ErrorFrame} reports. The first three do not go away by trying again. */
export type ErrorCategory =
  "authentication" | "authorization" | "invalidRequest" | "quota" | "rateLimit" | "server" | "connectivity" | "unknown";

export interface ErrorFrameOptions {
  /** Whether the whole task must stop. Default false. */
  readonly fatal?: boolean;
  /** Name of the processor that reports it. */
  readonly processor?: string;
  /** Default "unknown". */
  readonly category?: ErrorCategory;
}

/** A failure on its way upstream to the task, which emits it as its `error` event. */
export class ErrorFrame extends SystemFrame {
  readonly kind = "ErrorFrame";
  readonly error: Error;
  readonly fatal: boolean;
  readonly processor: string | undefined;
  readonly errorCategory: ErrorCategory;

  constructor(error: Error, options: ErrorFrameOptions = {}) {
    super();
    this.error = error;
    this.fatal = options.fatal ?? false;
    this.processor = options.processor;
    this.errorCategory = options.category ?? "unknown";
  }
}
