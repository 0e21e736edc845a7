import {
  CancelFrame,
  CancelTaskFrame,
  EndFrame,
  EndTaskFrame,
  ErrorFrame,
  StartFrame,
  StopFrame,
} from "../frames/index.ts";
import type { Frame, FrameDirection } from "../frames/index.ts";
import { systemClock } from "../util/clock.ts";
import type { Clock, TimerHandle } from "../util/clock.ts";
import { deferred } from "../util/deadline.ts";
import { SafeEmitter } from "../util/emitter.ts";
import { asError, TransportError } from "../util/errors.ts";
import { consoleLogger } from "../util/logger.ts";
import type { Logger } from "../util/logger.ts";
import type { FrameProcessor } from "./frame-processor.ts";
import { ObserverHub } from "./observer.ts";
import type { Observer } from "./observer.ts";
import { CancelledError, PipelineTimeoutError, ProcessorSetupError } from "./pipeline-errors.ts";
import { Pipeline } from "./pipeline.ts";
import type { FrameReceiver, ProcessorSetup } from "./processor-types.ts";
import { settledWithin } from "./settled-within.ts";

export interface PipelineTaskParams {
  /** Hz. Default 16000. */
  readonly audioInSampleRate?: number;
  /** Hz. Default 24000. */
  readonly audioOutSampleRate?: number;
  /** For all processors together, as they are set up at once. Default 20 000. */
  readonly setupTimeoutMs?: number;
  /** From StartFrame in to StartFrame out. Default 20 000. */
  readonly startTimeoutMs?: number;
  /** From EndFrame in to EndFrame out, so for all that is still to be said; then the task is cancelled. Default 30 000. */
  readonly endTimeoutMs?: number;
  /** For all processors to handle the CancelFrame; then they are cleaned up anyway. Default 5000. */
  readonly cancelTimeoutMs?: number;
  /** For all processors to clean up; then `run()` returns without waiting longer. Default 10 000. */
  readonly cleanupTimeoutMs?: number;
}

export interface PipelineTaskOptions {
  readonly params?: PipelineTaskParams;
  /** Default: the machine's time. */
  readonly clock?: Clock;
  /** Default: warnings and errors to standard error. */
  readonly logger?: Logger;
  readonly observers?: readonly Observer[];
}

export interface PipelineTaskResult {
  /** "ended" by an EndFrame, "stopped" by a StopFrame, "cancelled"; "failed" only in the `finished` event. */
  readonly outcome: "ended" | "stopped" | "cancelled" | "failed";
  readonly reason: string | undefined;
  /** Why it failed; `run()` rejects with it. */
  readonly error: Error | undefined;
}

/** A type, not an interface: only a type alias has the index signature that the emitter asks for. */
export type PipelineTaskEvents = {
  /** The StartFrame has passed all processors. */
  started: [];
  /** Everything is cleaned up; `run()` returns next. */
  finished: [result: PipelineTaskResult];
  /** A processor reported an error. A fatal one cancels the task. */
  error: [frame: ErrorFrame];
  setupTimeout: [error: PipelineTimeoutError];
  startTimeout: [error: PipelineTimeoutError];
  /** The task is being cancelled for it. */
  endTimeout: [error: PipelineTimeoutError];
  cancelTimeout: [error: PipelineTimeoutError];
};

/** Frames that may wait for the start. */
const MAX_EARLY_FRAMES = 10_000;

/** Runs a pipeline once: sets it up, starts it, feeds it, ends or cancels it, and cleans it up whatever happened. */
export class PipelineTask implements AsyncDisposable {
  readonly #pipeline: Pipeline;
  readonly #params: Required<PipelineTaskParams>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #observers: ObserverHub;
  readonly #events: SafeEmitter<PipelineTaskEvents>;
  readonly #abort = new AbortController();
  readonly #startArrived = deferred<undefined>();
  /** Settles when nothing more is to be awaited: an end has arrived, or a cancel or a failure was asked for. */
  readonly #over = deferred<undefined>();
  #result: PipelineTaskResult | undefined;
  #run: Promise<PipelineTaskResult> | undefined;
  #settingUp: Promise<void> | undefined;
  #cancelling: Promise<void> | undefined;
  #phase: "waiting" | "starting" | "running" | "finished" = "waiting";
  #early: { readonly frame: Frame; readonly direction: FrameDirection }[] = [];
  #endAsked = false;
  #endTimer: TimerHandle;
  #refusedFrames = 0;

  constructor(pipeline: FrameProcessor, options: PipelineTaskOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? consoleLogger;
    this.#params = {
      audioInSampleRate: 16_000,
      audioOutSampleRate: 24_000,
      setupTimeoutMs: 20_000,
      startTimeoutMs: 20_000,
      endTimeoutMs: 30_000,
      cancelTimeoutMs: 5000,
      cleanupTimeoutMs: 10_000,
      ...options.params,
    };
    this.#observers = new ObserverHub(this.#logger, options.observers);
    this.#events = new SafeEmitter((error, event) => {
      this.#logger.error(`A listener of the task's "${event}" event threw.`, { error });
    });
    this.#pipeline = new Pipeline([pipeline]);
    this.#pipeline.link(this.#end("task.source"), this.#end("task.sink"));
  }

  on<K extends keyof PipelineTaskEvents>(event: K, listener: (...args: PipelineTaskEvents[K]) => unknown): this {
    this.#events.on(event, listener);
    return this;
  }

  once<K extends keyof PipelineTaskEvents>(event: K, listener: (...args: PipelineTaskEvents[K]) => unknown): this {
    this.#events.once(event, listener);
    return this;
  }

  off<K extends keyof PipelineTaskEvents>(event: K, listener: (...args: PipelineTaskEvents[K]) => unknown): this {
    this.#events.off(event, listener);
    return this;
  }

  addObserver(observer: Observer): void {
    this.#observers.add(observer);
  }

  removeObserver(observer: Observer): void {
    this.#observers.remove(observer);
  }

  /**
   * Runs the pipeline to its end; later calls return the same promise. Rejects, after cleanup, when a processor could not
   * be set up, setup or start ran out of time, or a processor reported a fatal error: with that error itself where it is
   * one of this library's, so that its code can be acted on, else with one that names the processor.
   */
  run(): Promise<PipelineTaskResult> {
    this.#run ??= this.#execute();
    return this.#run;
  }

  /** Feeds a frame in, at the front or (upstream) at the back. Before the start it waits for it. */
  queueFrame(frame: Frame, direction: FrameDirection = "downstream"): void {
    if (frame instanceof CancelFrame) {
      this.cancel(frame.reason);
    } else if (this.#result !== undefined) {
      this.#refuse(frame, "the task is over");
    } else if (this.#phase === "running") {
      this.#feed(frame, direction);
    } else if (this.#early.length >= MAX_EARLY_FRAMES) {
      this.#refuse(frame, `${MAX_EARLY_FRAMES} frames are waiting for the start`);
    } else {
      this.#early.push({ frame, direction });
    }
  }

  queueFrames(frames: Iterable<Frame>, direction: FrameDirection = "downstream"): void {
    for (const frame of frames) {
      this.queueFrame(frame, direction);
    }
  }

  /** Asks for a graceful end: all that is queued is still said, within `endTimeoutMs`. `run()` tells when it is over. */
  end(reason?: string): void {
    if (!this.#endAsked && this.#result === undefined) {
      this.#endAsked = true;
      this.queueFrame(new EndFrame(reason));
    }
  }

  /** Stops now, past whatever is queued or stuck. `run()` tells when it is over. */
  cancel(reason?: string): void {
    this.#finishWith({ outcome: "cancelled", reason, error: undefined });
  }

  /** Cancels, and waits until everything is cleaned up. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel("the task was disposed");
    await this.run().catch(() => undefined);
  }

  async #execute(): Promise<PipelineTaskResult> {
    try {
      if (this.#result === undefined) {
        await this.#setUp();
      }
      if (this.#result === undefined) {
        await this.#start();
        await this.#over.promise;
      }
    } catch (thrown) {
      this.#fail(theErrorItself(asError(thrown)));
    }
    const result = this.#result ?? { outcome: "cancelled", reason: undefined, error: undefined };
    await this.#shutDown();
    this.#phase = "finished";
    this.#events.emit("finished", result);
    if (result.error !== undefined) {
      throw result.error;
    }
    return result;
  }

  async #setUp(): Promise<void> {
    const { audioInSampleRate, audioOutSampleRate, setupTimeoutMs } = this.#params;
    const setup: ProcessorSetup = {
      clock: this.#clock,
      logger: this.#logger,
      audioInSampleRate,
      audioOutSampleRate,
      signal: this.#abort.signal,
      observers: this.#observers,
      onSetupError: (error) => {
        // The others need not go on for a pipeline that will not start.
        this.#abort.abort(error);
      },
    };
    this.#settingUp = this.#pipeline.setup(setup);
    const settled = Promise.race([this.#settingUp, this.#over.promise]);
    if (!(await settledWithin(this.#clock, settled, setupTimeoutMs))) {
      const error = new PipelineTimeoutError("setup", setupTimeoutMs, this.#pipeline.pendingProcessors());
      this.#events.emit("setupTimeout", error);
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { audioInSampleRate, audioOutSampleRate, startTimeoutMs } = this.#params;
    this.#phase = "starting";
    this.#pipeline.queueFrame(new StartFrame({ audioInSampleRate, audioOutSampleRate }));
    const arrived = Promise.race([this.#startArrived.promise, this.#over.promise]);
    if (!(await settledWithin(this.#clock, arrived, startTimeoutMs))) {
      const error = new PipelineTimeoutError("start", startTimeoutMs, this.#pipeline.busyProcessors());
      this.#events.emit("startTimeout", error);
      throw error;
    }
  }

  /** At the moment the StartFrame comes out: nothing may enter before it, and nothing should wait longer. */
  #started(): void {
    if (this.#phase !== "starting" || this.#result !== undefined) {
      return;
    }
    this.#phase = "running";
    const early = this.#early;
    this.#early = [];
    for (const { frame, direction } of early) {
      this.#feed(frame, direction);
    }
    this.#startArrived.resolve(undefined);
    this.#events.emit("started");
  }

  #feed(frame: Frame, direction: FrameDirection): void {
    if (frame instanceof EndFrame || frame instanceof StopFrame) {
      this.#endAsked = true;
      this.#endTimer ??= this.#clock.setTimeout(() => {
        this.#endTimedOut();
      }, this.#params.endTimeoutMs);
    }
    this.#pipeline.queueFrame(frame, direction);
  }

  #endTimedOut(): void {
    if (this.#result === undefined) {
      const error = new PipelineTimeoutError("end", this.#params.endTimeoutMs, this.#pipeline.busyProcessors());
      this.#events.emit("endTimeout", error);
      this.cancel(error.message);
    }
  }

  /** The first to call it decides how the task has gone. */
  #finishWith(result: PipelineTaskResult): void {
    if (this.#result !== undefined) {
      return;
    }
    this.#result = result;
    this.#early = [];
    this.#clock.clearTimeout(this.#endTimer);
    if (result.outcome === "cancelled" || result.outcome === "failed") {
      this.#abort.abort(result.error ?? new CancelledError(result.reason));
      // Before the StartFrame there is nothing to cancel: processors are only cleaned up.
      if (this.#phase === "starting" || this.#phase === "running") {
        this.#cancelling = this.#pipeline.cancelNow(new CancelFrame(result.reason ?? result.error?.message));
      }
    }
    this.#over.resolve(undefined);
  }

  #fail(error: Error): void {
    this.#finishWith({ outcome: "failed", reason: undefined, error });
  }

  async #shutDown(): Promise<void> {
    const { cancelTimeoutMs, cleanupTimeoutMs } = this.#params;
    // A cleanup beside a setup that is still making its connection would miss what the setup makes.
    const pending = Promise.all([this.#cancelling, this.#settingUp?.catch(() => undefined)]);
    if (!(await settledWithin(this.#clock, pending, cancelTimeoutMs))) {
      const names = [...this.#pipeline.pendingProcessors(), ...this.#pipeline.busyProcessors()];
      this.#events.emit("cancelTimeout", new PipelineTimeoutError("cancel", cancelTimeoutMs, names));
    }
    try {
      if (!(await settledWithin(this.#clock, this.#pipeline.cleanup(), cleanupTimeoutMs))) {
        throw new PipelineTimeoutError("cleanup", cleanupTimeoutMs, this.#pipeline.pendingProcessors());
      }
    } catch (thrown) {
      this.#report(new ErrorFrame(asError(thrown)));
    }
  }

  #end(name: string): FrameReceiver {
    return {
      name,
      queueFrame: (frame, direction) => {
        this.#reachedEnd(frame, direction ?? "downstream");
      },
    };
  }

  #reachedEnd(frame: Frame, direction: FrameDirection): void {
    if (frame instanceof ErrorFrame) {
      this.#report(frame);
    } else if (frame instanceof EndTaskFrame) {
      this.end(frame.reason);
    } else if (frame instanceof CancelTaskFrame || frame instanceof CancelFrame) {
      this.cancel(frame.reason);
    } else if (direction === "upstream") {
      return;
    } else if (frame instanceof StartFrame) {
      this.#started();
    } else if (frame instanceof EndFrame) {
      this.#finishWith({ outcome: "ended", reason: frame.reason, error: undefined });
    } else if (frame instanceof StopFrame) {
      this.#finishWith({ outcome: "stopped", reason: undefined, error: undefined });
    }
  }

  #report(frame: ErrorFrame): void {
    if (this.#events.listenerCount("error") === 0) {
      this.#logger.error(frame.error.message, { error: frame.error });
    }
    this.#events.emit("error", frame);
    if (frame.fatal) {
      this.#fail(frame.error);
    }
  }

  #refuse(frame: Frame, why: string): void {
    this.#refusedFrames += 1;
    if (this.#refusedFrames === 1) {
      this.#logger.warn(`A ${frame.kind} was not taken: ${why}. Later ones are dropped without a word.`);
    }
  }
}

/** A setup that failed with a typed error has said what to do about it; which processor it was adds nothing. */
function theErrorItself(error: Error): Error {
  return error instanceof ProcessorSetupError && error.cause instanceof TransportError ? error.cause : error;
}
