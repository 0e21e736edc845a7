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
  PipelineFlushUrgentFrame,
  StartFrame,
  StopFrame,
  StopTaskFrame,
} from "../../frames/index.ts";
import { type Clock, systemClock } from "../../util/clock.ts";
import { deferred, type Deferred } from "../../util/deadline.ts";
import { SafeEmitter } from "../../util/emitter.ts";
import { asError, TavusTransportError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import type { FrameProcessor } from "../frame-processor.ts";
import { type FrameClass, matchesAny } from "../frame-types.ts";
import { ObserverHub } from "../observing/observer-hub.ts";
import type { Observer } from "../observing/observer.ts";
import { settledWithin } from "../observing/settled-within.ts";
import { CancelledError, PipelineTimeoutError, ProcessorSetupError } from "../pipeline-errors.ts";
import { Pipeline } from "../pipeline.ts";
import type { FrameReceiver } from "../processor-types.ts";
import { EndDeadline } from "./end-deadline.ts";
import { Flushes } from "./flushes.ts";
import type { PipelineTaskEvents, PipelineTaskResult } from "./task-events.ts";
import { collectTaskExtensions } from "./task-extensions.ts";
import { Heartbeat } from "./task-heartbeat.ts";
import { IdleTimeoutEvent, IdleWatch } from "./task-idle.ts";
import { type PipelineTaskParams, resolveParams } from "./task-params.ts";
import { TaskSetup } from "./task-setup.ts";

/** What a task can be given besides its pipeline. */
export interface PipelineTaskOptions {
  /** Rates, timeouts and policies. Default: those of {@link PipelineTaskParams}. */
  readonly params?: PipelineTaskParams;
  /** Default: the machine's time. */
  readonly clock?: Clock;
  /** Default: warnings and errors to standard error. */
  readonly logger?: Logger;
  /** More can be added and removed while it runs. Default none. */
  readonly observers?: readonly Observer[];
}

/** A frame that waits for the start. */
interface EarlyFrame {
  readonly frame: Frame;
  readonly direction: FrameDirection;
}

type State =
  /** Nothing runs yet, or the processors are being set up. */
  | { readonly is: "waiting"; readonly early: EarlyFrame[] }
  /** The StartFrame is on its way; `arrived` resolves when it comes out. */
  | { readonly is: "starting"; readonly early: EarlyFrame[]; readonly arrived: Deferred<undefined> }
  | { readonly is: "running"; readonly idle: IdleWatch | undefined; readonly heartbeat: Heartbeat | undefined }
  /** The result is decided. `cancelling` resolves when the processors have handled the CancelFrame. */
  | { readonly is: "over"; cancelling: Promise<void> | undefined };

/** Frames that may wait for the start. */
const MAX_EARLY_FRAMES = 10_000;
/** How long observers may take, after the pipeline is cleaned up, over the events that still wait for them. */
const OBSERVERS_MS = 1000;

/** Runs a pipeline once: sets it up, starts it, feeds it, ends or cancels it, and cleans it up whatever happened. */
export class PipelineTask implements AsyncDisposable {
  readonly #pipeline: Pipeline;
  readonly #params: Required<PipelineTaskParams>;
  readonly #setup: TaskSetup;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #observers: ObserverHub;
  readonly #events: SafeEmitter<PipelineTaskEvents>;
  readonly #abort = new AbortController();
  readonly #ending: EndDeadline;
  readonly #flushes: Flushes;
  /** Resolves when the result is decided: an end has arrived, or a cancel or a failure was asked for. */
  readonly #decided = deferred<PipelineTaskResult>();
  /** Names of the processors that have reported a permanent error. */
  readonly #unusable = new Set<string | undefined>();
  #state: State = { is: "waiting", early: [] };
  #run: Promise<PipelineTaskResult> | undefined;
  #refusedFrames = 0;
  #isReachedUpstream = matchesAny([]);
  #isReachedDownstream = matchesAny([]);

  /**
   * Makes a task for the pipeline; nothing happens before {@link run}. A pipeline belongs to one task.
   *
   * @throws InvalidOptionError for a parameter that cannot work, such as a negative timeout.
   */
  constructor(pipeline: FrameProcessor, options: PipelineTaskOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#logger = safeLogger(options.logger);
    this.#params = resolveParams(options.params);
    this.#observers = new ObserverHub(this.#logger, options.observers);
    this.#events = new SafeEmitter((error, event) => {
      this.#logger.error(`A listener of the task's "${event}" event threw.`, { error });
    });
    this.#pipeline = new Pipeline([...collectTaskExtensions(pipeline), pipeline]);
    this.#pipeline.link(this.#newEnd("task.source"), this.#newEnd("task.sink"));
    this.#setup = new TaskSetup(this.#pipeline, this.#clock, {
      timeoutMs: this.#params.setupTimeoutMs,
      isExtendable: options.params?.setupTimeoutMs === undefined,
    });
    this.#ending = new EndDeadline(this.#clock, this.#params.endTimeoutMs, () => {
      this.#endTimedOut();
    });
    this.#flushes = new Flushes(this.#clock);
  }

  /** Listens to an event. A listener that throws is logged and breaks nothing. */
  on<K extends keyof PipelineTaskEvents>(event: K, listener: (...args: PipelineTaskEvents[K]) => unknown): this {
    this.#events.on(event, listener);
    return this;
  }

  /** Listens to the event's next occurrence only. */
  once<K extends keyof PipelineTaskEvents>(event: K, listener: (...args: PipelineTaskEvents[K]) => unknown): this {
    this.#events.once(event, listener);
    return this;
  }

  /** Removes a listener that `on` or `once` added. */
  off<K extends keyof PipelineTaskEvents>(event: K, listener: (...args: PipelineTaskEvents[K]) => unknown): this {
    this.#events.off(event, listener);
    return this;
  }

  /** Adds an observer; it receives what happens from now on. Adding one twice does nothing. */
  addObserver(observer: Observer): void {
    this.#observers.add(observer);
  }

  /** Removes an observer; it receives nothing more, not even what has happened already. */
  removeObserver(observer: Observer): void {
    this.#observers.remove(observer);
  }

  /**
   * Runs the pipeline to its end; later calls return the same promise. The promise settles after cleanup.
   *
   * @throws ProcessorSetupError when a processor could not be set up, PipelineTimeoutError when setup or start ran out of
   * time, and the reported error when a processor reported a fatal one. A failed setup's own error replaces the
   * ProcessorSetupError where it is one of this library's, so that its code can be acted on.
   */
  run(): Promise<PipelineTaskResult> {
    this.#run ??= this.#execute();
    return this.#run;
  }

  /**
   * Feeds a frame in, at the front or (upstream) at the back; default "downstream". Before the start it waits for it. Once
   * the task is ending, only system frames other than captured media enter, such as an interruption: nothing new is said or
   * paid for. What was queued before the end is still handled.
   */
  queueFrame(frame: Frame, direction: FrameDirection = "downstream"): void {
    if (frame instanceof CancelFrame) {
      this.cancel(frame.reason);
    } else if (this.#state.is === "over") {
      this.#refuse(frame, "the task is over");
    } else if (this.#ending.asked && !mayFollowEnd(frame)) {
      this.#refuse(frame, "the task is ending");
    } else {
      if (isEnd(frame)) this.#ending.ask();
      if (this.#state.is === "running") this.#feed(frame, direction);
      else if (this.#state.early.length < MAX_EARLY_FRAMES) this.#state.early.push({ frame, direction });
      else this.#refuse(frame, `${MAX_EARLY_FRAMES} frames are waiting for the start`);
    }
  }

  /** Queues the frames in their order, as {@link queueFrame} does. */
  queueFrames(frames: Iterable<Frame>, direction: FrameDirection = "downstream"): void {
    for (const frame of frames) this.queueFrame(frame, direction);
  }

  /** Number of frames that were refused: the task was ending or over, or too many were waiting for the start. */
  get refusedFrames(): number {
    return this.#refusedFrames;
  }

  /** From now on `reachedDownstream` is emitted for frames of these classes, families included. Default none. */
  setReachedDownstreamFilter(classes: readonly FrameClass[]): void {
    this.#isReachedDownstream = matchesAny(classes);
  }

  /** From now on `reachedUpstream` is emitted for frames of these classes, families included. Default none. */
  setReachedUpstreamFilter(classes: readonly FrameClass[]): void {
    this.#isReachedUpstream = matchesAny(classes);
  }

  /** Drops what is queued or being said now, in every processor; what is queued from now on is handled. */
  interrupt(): void {
    this.queueFrame(new InterruptionFrame());
  }

  /**
   * Waits until all that was queued before has been handled by every processor, down and up again. Resolves with false
   * when that took longer than `timeoutMs` (default 5000) or the task is ending or over.
   */
  async flush(timeoutMs = 5000): Promise<boolean> {
    if (this.#state.is === "over" || this.#ending.asked) return false;
    const frame = new PipelineFlushFrame();
    const flushed = this.#flushes.wait(frame, timeoutMs);
    this.queueFrame(frame);
    return flushed;
  }

  /**
   * Asks for a graceful end: all that is queued is still said, within `endTimeoutMs`, and nothing else enters. `run()`
   * resolves when it is over.
   */
  end(reason?: string): void {
    if (!this.#ending.asked) this.#queueEnd(new EndFrame(reason));
  }

  /** Like `end`, with a StopFrame: processors leave their connections as they are until they are cleaned up. */
  stop(): void {
    if (!this.#ending.asked) this.#queueEnd(new StopFrame());
  }

  /** Stops now, past whatever is queued or stuck. `run()` settles when it is over. */
  cancel(reason?: string): void {
    this.#finish({ outcome: "cancelled", reason, error: undefined });
  }

  /** Handlers that were aborted and have not returned yet, as "processor (kind of frame)". */
  danglingHandlers(): readonly string[] {
    return this.#pipeline.danglingHandlers();
  }

  /** Cancels, and waits until everything is cleaned up. Never rejects. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel("the task was disposed");
    await this.run().catch(() => undefined);
  }

  async #execute(): Promise<PipelineTaskResult> {
    try {
      if (this.#state.is === "waiting") await this.#setUp();
      if (this.#state.is === "waiting") await this.#start(this.#state.early);
    } catch (thrown) {
      this.#fail(unwrapSetupError(asError(thrown)));
    }
    const result = await this.#decided.promise;
    await this.#shutDown();
    this.#events.emit("finished", result);
    if (result.error !== undefined) throw result.error;
    return result;
  }

  async #setUp(): Promise<void> {
    const { audioInSampleRate, audioOutSampleRate, enableMetrics, enableUsageMetrics } = this.#params;
    const values = {
      logger: this.#logger,
      audioInSampleRate,
      audioOutSampleRate,
      enableMetrics,
      enableUsageMetrics,
      signal: this.#abort.signal,
      observers: this.#observers,
      onFramePushed: (frame: Frame, direction: FrameDirection) => {
        this.#observe(frame, direction);
      },
      onSetupError: (error: ProcessorSetupError) => {
        // The others need not continue for a pipeline that will not start.
        this.#abort.abort(error);
      },
    };
    const timeout = await this.#setup.run(values, this.#decided.promise);
    if (timeout !== undefined) {
      this.#events.emit("setupTimeout", timeout);
      throw timeout;
    }
  }

  async #start(early: EarlyFrame[]): Promise<void> {
    const { startMetadata, startTimeoutMs } = this.#params;
    const arrived = deferred<undefined>();
    this.#state = { is: "starting", early, arrived };
    const start = new StartFrame(this.#params);
    Object.assign(start.metadata, startMetadata);
    this.#pipeline.queueFrame(start);
    const settled = Promise.race([arrived.promise, this.#decided.promise]);
    if (!(await settledWithin(this.#clock, settled, startTimeoutMs))) {
      const error = new PipelineTimeoutError("start", startTimeoutMs, this.#pipeline.busyProcessors());
      this.#events.emit("startTimeout", error);
      throw error;
    }
  }

  /** At the moment the StartFrame comes out: nothing may enter before it, and nothing should wait longer. */
  #started(): void {
    if (this.#state.is !== "starting") return;
    const { early, arrived } = this.#state;
    const idle = this.#newIdleWatch();
    const heartbeat = this.#newHeartbeat();
    this.#state = { is: "running", idle, heartbeat };
    // Before the early frames: one of them may end the task at once, and with it these.
    idle?.start();
    heartbeat?.start();
    for (const { frame, direction } of early) this.#feed(frame, direction);
    arrived.resolve(undefined);
    this.#observers.started({ timeMs: this.#clock.nowMs() });
    this.#events.emit("started");
  }

  #queueEnd(frame: Frame): void {
    if (this.#state.is !== "over") this.queueFrame(frame);
  }

  #feed(frame: Frame, direction: FrameDirection): void {
    this.#observe(frame, direction);
    this.#pipeline.queueFrame(frame, direction);
  }

  /** Called for every frame on every hop. */
  #observe(frame: Frame, direction: FrameDirection): void {
    // A processor may make an EndFrame too, and it can get stuck like any other.
    if (frame.uninterruptible && direction === "downstream" && isEnd(frame) && this.#state.is !== "over")
      this.#ending.bound();

    if (this.#state.is === "running") this.#state.idle?.observe(frame);
  }

  #endTimedOut(): void {
    if (this.#state.is === "over") return;
    const error = new PipelineTimeoutError("end", this.#params.endTimeoutMs, this.#pipeline.busyProcessors());
    this.#events.emit("endTimeout", error);
    this.cancel(error.message);
  }

  /** The first call decides the task's result. */
  #finish(result: PipelineTaskResult): void {
    const left = this.#state;
    if (left.is === "over") return;
    const over: State = { is: "over", cancelling: undefined };
    this.#state = over;
    this.#ending.stop();
    if (left.is === "running") {
      left.idle?.stop();
      left.heartbeat?.stop();
    }
    this.#flushes.abandon();

    if (result.outcome === "cancelled" || result.outcome === "failed") {
      this.#abort.abort(result.error ?? new CancelledError(result.reason));
      // Before the StartFrame there is nothing to cancel: processors are only cleaned up.
      if (left.is !== "waiting")
        over.cancelling = this.#pipeline.cancelNow(new CancelFrame(result.reason ?? result.error?.message));
    }
    this.#decided.resolve(result);
  }

  #fail(error: Error): void {
    this.#finish({ outcome: "failed", reason: undefined, error });
  }

  async #shutDown(): Promise<void> {
    const { cancelTimeoutMs, cleanupTimeoutMs } = this.#params;
    const cancelling = this.#state.is === "over" ? this.#state.cancelling : undefined;
    // A cleanup during a setup that is still making its connection would miss what the setup makes.
    const pending = Promise.all([cancelling, this.#setup.settle()]);
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

  #newEnd(name: string): FrameReceiver {
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
    else if (direction === "upstream") this.#flushes.returned(frame);
    else this.#reachedSink(frame);
  }

  #reachedSink(frame: Frame): void {
    if (frame instanceof StartFrame) this.#started();
    else if (frame instanceof EndFrame) this.#finish({ outcome: "ended", reason: frame.reason, error: undefined });
    else if (frame instanceof StopFrame) this.#finish({ outcome: "stopped", reason: undefined, error: undefined });
    else if (frame instanceof HeartbeatFrame) this.#heartbeatArrived();
    else if (frame instanceof PipelineFlushFrame || frame instanceof PipelineFlushUrgentFrame)
      this.#pipeline.queueFrame(frame, "upstream");
  }

  #heartbeatArrived(): void {
    if (this.#state.is === "running") this.#state.heartbeat?.arrived();
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
      this.#logger.warn(`A ${frame.kind} was not taken: ${why}. Later ones are dropped without a warning.`);
  }
}

/** The error that made a setup fail, where it is one of this library's: its message says what to do about it. */
function unwrapSetupError(error: Error): Error {
  return error instanceof ProcessorSetupError && error.cause instanceof TavusTransportError ? error.cause : error;
}

/** Whether the frame costs nothing and may concern the last words: an interruption, a message for the users' pages. */
function mayFollowEnd(frame: Frame): boolean {
  const isCaptured =
    frame instanceof InputAudioRawFrame || frame instanceof InputImageRawFrame || frame instanceof InputTextRawFrame;
  return frame.category === "system" && !isCaptured;
}

function isEnd(frame: Frame): boolean {
  return frame instanceof EndFrame || frame instanceof StopFrame;
}
