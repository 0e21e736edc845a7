import type { ErrorCategory } from "../frames/index.ts";
import { TavusTransportError, type TavusTransportErrorOptions } from "../util/errors.ts";

/** The reason of a handler's aborted signal after an interruption. Normal; nothing needs to report it. */
export class InterruptedError extends TavusTransportError {
  readonly code = "interrupted";

  constructor() {
    super("An interruption made this work void.");
  }
}

/** The reason of a signal that was aborted because the task was cancelled or its processor cleaned up. */
export class CancelledError extends TavusTransportError {
  readonly code = "cancelled";
  readonly reason: string | undefined;

  constructor(reason?: string) {
    super(reason === undefined ? "The pipeline was cancelled." : `The pipeline was cancelled: ${reason}`);
    this.reason = reason;
  }
}

/** A processor could not be set up; the pipeline was not started. `cause` is what it threw. */
export class ProcessorSetupError extends TavusTransportError {
  readonly code = "processorSetup";
  readonly processor: string;

  constructor(processor: string, cause: Error) {
    super(`${processor} could not be set up: ${cause.message}`, {
      cause,
      retryable: cause instanceof TavusTransportError && cause.retryable,
    });
    this.processor = processor;
  }
}

/** A handler of a processor failed; the frame is lost, the pipeline goes on. `cause` is what it threw. */
export class ProcessorError extends TavusTransportError {
  readonly code = "processor";
  readonly processor: string;
  /** Kind of the frame that was being handled. */
  readonly frameKind: string;

  constructor(processor: string, frameKind: string, cause: Error) {
    super(`${processor} failed on a ${frameKind}: ${cause.message}`, {
      cause,
      retryable: cause instanceof TavusTransportError && cause.retryable,
    });
    this.processor = processor;
    this.frameKind = frameKind;
  }
}

/** A setup phase, the start, the end or the cancellation of a pipeline ran past its bound. */
export class PipelineTimeoutError extends TavusTransportError {
  readonly code = "pipelineTimeout";
  readonly phase: "setup" | "start" | "end" | "cancel" | "cleanup";
  readonly timeoutMs: number;
  /** The processors that had not finished by then. */
  readonly processors: readonly string[];

  constructor(phase: PipelineTimeoutError["phase"], timeoutMs: number, processors: readonly string[]) {
    const waitingFor = processors.length === 0 ? "" : ` Still waiting for: ${processors.join(", ")}.`;
    super(`The pipeline's ${phase} took longer than ${timeoutMs} ms.${waitingFor}`, { retryable: true });
    this.phase = phase;
    this.timeoutMs = timeoutMs;
    this.processors = processors;
  }
}

export interface ServiceErrorOptions extends TavusTransportErrorOptions {
  readonly category: ErrorCategory;
  /** Whether no later request can succeed until settings change. Default: as the category says. */
  readonly permanent?: boolean;
}

/**
 * A failure of a service whose adapter knows what it means. Throw it where any other error would be thrown, with the
 * provider's error as `cause`: the ErrorFrame takes its category from it. With `authentication`, `authorization` or
 * `invalidRequest`, or with `permanent: true`, the service is unusable until its settings change.
 */
export class ServiceError extends TavusTransportError {
  readonly code = "service";
  readonly category: ErrorCategory;
  readonly permanent: boolean | undefined;

  constructor(message: string, options: ServiceErrorOptions) {
    super(message, options);
    this.category = options.category;
    this.permanent = options.permanent;
  }
}
