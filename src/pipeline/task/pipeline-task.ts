import {
  CancelFrame,
  CancelTaskFrame,
  EndFrame,
  EndTaskFrame,
  ErrorFrame,
  type Frame,
  type FrameDirection,
  HeartbeatFrame,
  InputAudioRawFrame,
  InputImageRawFrame,
  InputTextRawFrame,
  InterruptionFrame,
  InterruptionTaskFrame,
  PipelineFlushFrame,
  StartFrame,
  StopFrame,
  StopTaskFrame,
} from "../../frames/index.ts";
import { type Clock, systemClock, type TimerHandle } from "../../util/clock.ts";
import { deferred, type Deferred } from "../../util/deadline.ts";
import { SafeEmitter } from "../../util/emitter.ts";
import { asError, TavusTransportError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import type { FrameProcessor } from "../frame-processor.ts";
import { type FrameClass, matchesAny } from "../frame-types.ts";
import { ObserverHub } from "../observing/observer-hub.ts";
import type { Observer } from "../observing/observer.ts";
import { CancelledError, PipelineTimeoutError, ProcessorSetupError } from "../pipeline-errors.ts";
import { Pipeline } from "../pipeline.ts";
import type { FrameReceiver, ProcessorSetup } from "../processor-types.ts";
import { settledWithin } from "../observing/settled-within.ts";
import type { PipelineTaskEvents, PipelineTaskResult } from "./task-events.ts";
import { Heartbeat } from "./task-heartbeat.ts";
import { IdleTimeoutEvent, IdleWatch } from "./task-idle.ts";
import { type PipelineTaskParams, resolveParams } from "./task-params.ts";

export interface PipelineTaskOptions {
  readonly params?: PipelineTaskParams;
  /** Default: the machine's time. */
  readonly clock?: Clock;
  /** Default: warnings and errors to standard error. */
  readonly logger?: Logger;
  /** More can be added and removed while it runs. */
  readonly observers?: readonly Observer[];
}

/** Frames that may wait for the start. */
const MAX_EARLY_FRAMES = 10_000;
/** What observers may take, after the pipeline is cleaned up, over what they have not been told yet. */
const OBSERVERS_MS = 1000;

/** Runs a pipeline once: sets it up, starts it, feeds it, ends or cancels it, and cleans it up whatever happened. */
export class PipelineTask implements AsyncDisposable {
  readonly #pipeline: Pipeline;
  readonly #params: Required<PipelineTaskParams>;
  readonly #setupTimeoutIsGiven: boolean;
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
  readonly #idle: IdleWatch | undefined;
  readonly #heartbeat: Heartbeat | undefined;
  readonly #flushes = new Map<Frame, Deferred<boolean>>();
  /** Names of the processors that have reported a permanent error. */
  readonly #unusable = new Set<string | undefined>();
  #isReachedUpstream = matchesAny([]);
  #isReachedDownstream = matchesAny([]);

  constructor(pipeline: FrameProcessor, options: PipelineTaskOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#logger = safeLogger(options.logger);
    this.#params = resolveParams(options.params);
    this.#setupTimeoutIsGiven = options.params?.setupTimeoutMs !== undefined;
    this.#observers = new ObserverHub(this.#logger, options.observers);
    this.#events = new SafeEmitter((error, event) => {
      this.#logger.error(`A listener of the task's "${event}" event threw.`, { error });
    });
    this.#pipeline = new Pipeline([pipeline]);
    this.#pipeline.link(this.#end("task.source"), this.#end("task.sink"));
    this.#idle = this.#newIdleWatch();
    this.#heartbeat = this.#newHeartbeat();
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

  /**
   * Feeds a frame in, at the front or (upstream) at the back. Before the start it waits for it. Once the task is ending,
   * only system frames other than captured media enter, such as an interruption: nothing new is said or paid for. What
   * was queued before the end is still handled.
   */
  queueFrame(frame: Frame, direction: FrameDirection = "downstream"): void {
    if (frame instanceof CancelFrame) {
      this.cancel(frame.reason);
    } else if (this.#endAsked && !mayFollowEnd(frame)) {
      this.#refuse(frame, this.#result === undefined ? "the task is ending" : "the task is over");
    } else {
      this.#endAsked ||= isEnd(frame);
      this.#enter(frame, direction);
    }
  }

  /** Frames that were not taken: the task was ending or over, or too many were waiting for the start. */
  get refusedFrames(): number {
    return this.#refusedFrames;
  }

  #enter(frame: Frame, direction: FrameDirection): void {
    if (this.#result !== undefined) this.#refuse(frame, "the task is over");
    else if (this.#phase === "running") this.#feed(frame, direction);
    else if (this.#early.length >= MAX_EARLY_FRAMES)
      this.#refuse(frame, `${MAX_EARLY_FRAMES} frames are waiting for the start`);
    else this.#early.push({ frame, direction });
  }

  queueFrames(frames: Iterable<Frame>, direction: FrameDirection = "downstream"): void {
    for (const frame of frames) this.queueFrame(frame, direction);
  }

  /** From now on `reachedDownstream` is emitted for frames of these classes, families included. Default none. */
  setReachedDownstreamFilter(classes: readonly FrameClass[]): void {
    this.#isReachedDownstream = matchesAny(classes);
  }

  /** From now on `reachedUpstream` is emitted for frames of these classes, families included. Default none. */
  setReachedUpstreamFilter(classes: readonly FrameClass[]): void {
    this.#isReachedUpstream = matchesAny(classes);
  }

  /** Makes void what is queued or being said now, in every processor; what is queued from now on is handled. */
  interrupt(): void {
    this.queueFrame(new InterruptionFrame());
  }

  /**
   * Waits until all that was queued before has been handled by every processor, down and up again. False when that took
   * longer than `timeoutMs` (default 5000) or the task is ending or over.
   */
  async flush(timeoutMs = 5000): Promise<boolean> {
    if (this.#result !== undefined || this.#endAsked) return false;

    const frame = new PipelineFlushFrame();
    const back = deferred<boolean>();
    this.#flushes.set(frame, back);
    const timer = this.#clock.setTimeout(() => {
      back.resolve(false);
    }, timeoutMs);
    this.queueFrame(frame);
    const flushed = await back.promise;
    this.#clock.clearTimeout(timer);
    this.#flushes.delete(frame);
    return flushed;
  }

  /**
   * Asks for a graceful end: all that is queued is still said, within `endTimeoutMs`, and nothing else enters. `run()`
   * resolves when it is over.
   */
  end(reason?: string): void {
    if (!this.#endAsked && this.#result === undefined) this.queueFrame(new EndFrame(reason));
  }

  /** Like `end`, with a StopFrame: processors leave their connections as they are until they are cleaned up. */
  stop(): void {
    if (!this.#endAsked && this.#result === undefined) this.queueFrame(new StopFrame());
  }

  /** Stops now, past whatever is queued or stuck. `run()` tells when it is over. */
  cancel(reason?: string): void {
    this.#finishWith({ outcome: "cancelled", reason, error: undefined });
  }

  /** Handlers that were aborted and have not returned yet, as "processor (kind of frame)". */
  danglingHandlers(): readonly string[] {
    return this.#pipeline.danglingHandlers();
  }

  /** Cancels, and waits until everything is cleaned up. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel("the task was disposed");
    await this.run().catch(() => undefined);
  }

  async #execute(): Promise<PipelineTaskResult> {
    try {
      if (this.#result === undefined) await this.#setUp();

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
    if (result.error !== undefined) throw result.error;

    return result;
  }

  async #setUp(): Promise<void> {
    const { audioInSampleRate, audioOutSampleRate, enableMetrics, enableUsageMetrics } = this.#params;
    let { setupTimeoutMs } = this.#params;
    const setup: ProcessorSetup = {
      clock: this.#clock,
      logger: this.#logger,
      audioInSampleRate,
      audioOutSampleRate,
      enableMetrics,
      enableUsageMetrics,
      signal: this.#abort.signal,
      observers: this.#observers,
      onFramePushed: (frame, direction) => {
        this.#saw(frame, direction);
      },
      ...(!this.#setupTimeoutIsGiven && {
        allowSetupMs: (timeoutMs: number) => {
          setupTimeoutMs = Math.max(setupTimeoutMs, timeoutMs);
        },
      }),
      onSetupError: (error) => {
        // The others need not go on for a pipeline that will not start.
        this.#abort.abort(error);
      },
    };
    this.#settingUp = this.#pipeline.setup(setup);
    const settled = Promise.race([this.#settingUp, this.#over.promise]);
    const startMs = this.#clock.nowMs();
    // A processor may ask for more time while the others are waited for.
    for (let waitedMs = 0; !(await settledWithin(this.#clock, settled, setupTimeoutMs - waitedMs));) {
      waitedMs = this.#clock.nowMs() - startMs;
      if (waitedMs < setupTimeoutMs) continue;
      const error = new PipelineTimeoutError("setup", setupTimeoutMs, this.#pipeline.pendingProcessors());
      this.#events.emit("setupTimeout", error);
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { startMetadata, startTimeoutMs } = this.#params;
    this.#phase = "starting";
    const start = new StartFrame(this.#params);
    Object.assign(start.metadata, startMetadata);
    this.#pipeline.queueFrame(start);
    const arrived = Promise.race([this.#startArrived.promise, this.#over.promise]);
    if (!(await settledWithin(this.#clock, arrived, startTimeoutMs))) {
      const error = new PipelineTimeoutError("start", startTimeoutMs, this.#pipeline.busyProcessors());
      this.#events.emit("startTimeout", error);
      throw error;
    }
  }

  /** At the moment the StartFrame comes out: nothing may enter before it, and nothing should wait longer. */
  #started(): void {
    if (this.#phase !== "starting" || this.#result !== undefined) return;

    this.#phase = "running";
    // Before the early frames: one of them may end the task at once, and with it these.
    this.#idle?.start();
    this.#heartbeat?.start();
    const early = this.#early;
    this.#early = [];
    for (const { frame, direction } of early) this.#feed(frame, direction);

    this.#startArrived.resolve(undefined);
    this.#observers.started({ timeMs: this.#clock.nowMs() });
    this.#events.emit("started");
  }

  #feed(frame: Frame, direction: FrameDirection): void {
    this.#saw(frame, direction);
    this.#pipeline.queueFrame(frame, direction);
  }

  /** Every frame on every hop comes by here. */
  #saw(frame: Frame, direction: FrameDirection): void {
    // A processor may make an EndFrame too, and it can get stuck like any other.
    if (frame.uninterruptible && direction === "downstream" && isEnd(frame) && this.#result === undefined) {
      this.#endAsked = true;
      this.#endTimer ??= this.#clock.setTimeout(() => {
        this.#endTimedOut();
      }, this.#params.endTimeoutMs);
    }
    this.#idle?.saw(frame);
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
    if (this.#result !== undefined) return;

    this.#result = result;
    this.#early = [];
    this.#clock.clearTimeout(this.#endTimer);
    this.#idle?.stop();
    this.#heartbeat?.stop();
    for (const flush of this.#flushes.values()) flush.resolve(false);

    if (result.outcome === "cancelled" || result.outcome === "failed") {
      this.#abort.abort(result.error ?? new CancelledError(result.reason));
      // Before the StartFrame there is nothing to cancel: processors are only cleaned up.
      if (this.#phase === "starting" || this.#phase === "running")
        this.#cancelling = this.#pipeline.cancelNow(new CancelFrame(result.reason ?? result.error?.message));
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
      if (!(await settledWithin(this.#clock, this.#pipeline.cleanup(), cleanupTimeoutMs)))
        throw new PipelineTimeoutError("cleanup", cleanupTimeoutMs, this.#pipeline.pendingProcessors());
    } catch (thrown) {
      this.#report(new ErrorFrame(asError(thrown)));
    }
    if (!(await this.#observers.flush(this.#clock, OBSERVERS_MS)))
      this.#logger.warn(`Some observers have not handled everything within ${OBSERVERS_MS} ms of the end.`);
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
    if (direction === "downstream" ? this.#isReachedDownstream(frame) : this.#isReachedUpstream(frame))
      this.#events.emit(direction === "downstream" ? "reachedDownstream" : "reachedUpstream", frame);

    if (frame instanceof ErrorFrame) this.#report(frame);
    else if (frame instanceof EndTaskFrame) this.end(frame.reason);
    else if (frame instanceof StopTaskFrame) this.stop();
    else if (frame instanceof CancelTaskFrame || frame instanceof CancelFrame) this.cancel(frame.reason);
    else if (frame instanceof InterruptionTaskFrame) this.interrupt();
    else if (direction === "upstream") this.#flushes.get(frame)?.resolve(true);
    else this.#reachedSink(frame);
  }

  #reachedSink(frame: Frame): void {
    if (frame instanceof StartFrame) this.#started();
    else if (frame instanceof EndFrame) this.#finishWith({ outcome: "ended", reason: frame.reason, error: undefined });
    else if (frame instanceof StopFrame) this.#finishWith({ outcome: "stopped", reason: undefined, error: undefined });
    else if (frame instanceof HeartbeatFrame) this.#heartbeat?.arrived();
    else if (frame instanceof PipelineFlushFrame) this.#pipeline.queueFrame(frame, "upstream");
  }

  #report(frame: ErrorFrame): void {
    if (this.#events.listenerCount("error") === 0) this.#logger.error(frame.error.message, { error: frame.error });

    this.#events.emit("error", frame);
    if (frame.fatal) {
      this.#fail(frame.error);
    } else if (frame.permanent && !this.#unusable.has(frame.processor)) {
      this.#unusable.add(frame.processor);
      this.#events.emit("processorUnusable", frame);
      this.#applyUnusablePolicy(frame);
    }
  }

  #applyUnusablePolicy(frame: ErrorFrame): void {
    const reason = `${frame.processor ?? "a processor"} is unusable: ${frame.error.message}`;
    if (this.#params.processorUnusablePolicy === "end") this.end(reason);
    else if (this.#params.processorUnusablePolicy === "cancel") this.cancel(reason);
  }

  #newIdleWatch(): IdleWatch | undefined {
    const { idleTimeoutMs, idleTimeoutFrames, cancelOnIdleTimeout } = this.#params;
    if (idleTimeoutMs === 0) return undefined;

    return new IdleWatch(this.#clock, idleTimeoutMs, idleTimeoutFrames, (idleMs) => {
      const event = new IdleTimeoutEvent(idleMs);
      this.#events.emit("idleTimeout", event);
      if (cancelOnIdleTimeout && !event.prevented) this.cancel(`idle for ${Math.round(idleMs)} ms`);
    });
  }

  #newHeartbeat(): Heartbeat | undefined {
    const { enableHeartbeats, heartbeatPeriodMs, heartbeatMonitorMs } = this.#params;
    if (!enableHeartbeats) return undefined;

    return new Heartbeat({
      clock: this.#clock,
      periodMs: heartbeatPeriodMs,
      monitorMs: heartbeatMonitorMs,
      send: (frame) => {
        this.#pipeline.queueFrame(frame);
      },
      onTimeout: (sinceMs) => {
        this.#events.emit("heartbeatTimeout", sinceMs, this.#pipeline.busyProcessors());
      },
    });
  }

  #refuse(frame: Frame, why: string): void {
    this.#refusedFrames++;
    if (this.#refusedFrames === 1)
      this.#logger.warn(`A ${frame.kind} was not taken: ${why}. Later ones are dropped without a word.`);
  }
}

/** A setup that failed with a typed error has said what to do about it; which processor it was adds nothing. */
function theErrorItself(error: Error): Error {
  return error instanceof ProcessorSetupError && error.cause instanceof TavusTransportError ? error.cause : error;
}

/** What costs nothing and may be meant for the last words: an interruption, a message for the users' pages. */
function mayFollowEnd(frame: Frame): boolean {
  const isCaptured =
    frame instanceof InputAudioRawFrame || frame instanceof InputImageRawFrame || frame instanceof InputTextRawFrame;
  return frame.category === "system" && !isCaptured;
}

function isEnd(frame: Frame): boolean {
  return frame instanceof EndFrame || frame instanceof StopFrame;
}
