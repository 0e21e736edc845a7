import type { ErrorCategory } from "../frames/index.ts";
import { TavusTransportError, type TavusTransportErrorOptions } from "../util/errors.ts";

/** The reason of a handler's aborted signal after an interruption. Normal: nothing needs to report it. */
export class InterruptedError extends TavusTransportError {
  /** Names this class of error for programs. */
  readonly code = "interrupted";

  /** Makes the error with its fixed message. */
  constructor() {
    super("An interruption invalidated this work.");
  }
}

/** The reason of a signal that was aborted because the task was cancelled or its processor cleaned up. */
export class CancelledError extends TavusTransportError {
  /** Names this class of error for programs. */
  readonly code = "cancelled";
  /** The reason given to `cancel`; undefined if none was. */
  readonly reason: string | undefined;

  /** Makes the error; without a reason the message says only that the pipeline was cancelled. */
  constructor(reason?: string) {
    super(reason === undefined ? "The pipeline was cancelled." : `The pipeline was cancelled: ${reason}`);
    this.reason = reason;
  }
}

/** A processor could not be set up; the pipeline was not started. `cause` is what it threw. */
export class ProcessorSetupError extends TavusTransportError {
  /** Names this class of error for programs. */
  readonly code = "processorSetup";
  /** Name of the processor. */
  readonly processor: string;

  /** Makes the error; it is `retryable` when its cause is. */
  constructor(processor: string, cause: Error) {
    super(`${processor} could not be set up: ${cause.message}`, {
      cause,
      retryable: cause instanceof TavusTransportError && cause.retryable,
    });
    this.processor = processor;
  }
}

/** A handler of a processor failed: the frame is lost, the pipeline continues. `cause` is what it threw. */
export class ProcessorError extends TavusTransportError {
  /** Names this class of error for programs. */
  readonly code = "processor";
  /** Name of the processor. */
  readonly processor: string;
  /** Kind of the frame that was being handled. */
  readonly frameKind: string;

  /** Makes the error; it is `retryable` when its cause is. */
  constructor(processor: string, frameKind: string, cause: Error) {
    super(`${processor} failed on a ${frameKind}: ${cause.message}`, {
      cause,
      retryable: cause instanceof TavusTransportError && cause.retryable,
    });
    this.processor = processor;
    this.frameKind = frameKind;
  }
}

/** The setup, the start, the end, the cancellation or the cleanup of a pipeline took too long. */
export class PipelineTimeoutError extends TavusTransportError {
  /** Names this class of error for programs. */
  readonly code = "pipelineTimeout";
  /** What took too long. */
  readonly phase: "setup" | "start" | "end" | "cancel" | "cleanup";
  /** How long it was allowed to take, in ms. */
  readonly timeoutMs: number;
  /** Names of the processors that had not finished by then. */
  readonly processors: readonly string[];

  /** Makes the error, which is `retryable`; the message names the phase, its timeout and the processors. */
  constructor(phase: PipelineTimeoutError["phase"], timeoutMs: number, processors: readonly string[]) {
    const waitingFor = processors.length === 0 ? "" : ` Still waiting for: ${processors.join(", ")}.`;
    super(`The pipeline's ${phase} took longer than ${timeoutMs} ms.${waitingFor}`, { retryable: true });
    this.phase = phase;
    this.timeoutMs = timeoutMs;
    this.processors = processors;
  }
}

/** What a service's adapter knows about a failure. */
export interface ServiceErrorOptions extends TavusTransportErrorOptions {
  /** The kind of failure. */
  readonly category: ErrorCategory;
  /** Whether no later request can succeed until settings change. Default: true for the three categories of wrong settings. */
  readonly permanent?: boolean;
}

/**
 * A failure of a service whose adapter knows its meaning. Throw it where any other error would be thrown, with the
 * provider's error as `cause`: the ErrorFrame takes its category from it. With `authentication`, `authorization` or
 * `invalidRequest`, or with `permanent: true`, the service is unusable until its settings change.
 */
export class ServiceError extends TavusTransportError {
  /** Names this class of error for programs. */
  readonly code = "service";
  /** The kind of failure. */
  readonly category: ErrorCategory;
  /** Whether no later request can succeed until settings change; undefined: the category decides. */
  readonly permanent: boolean | undefined;

  /** Makes an error with a message that says what to do next, and the provider's error as `options.cause`. */
  constructor(message: string, options: ServiceErrorOptions) {
    super(message, options);
    this.category = options.category;
    this.permanent = options.permanent;
  }
}
