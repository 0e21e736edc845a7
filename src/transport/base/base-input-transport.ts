import {
  CancelFrame,
  EndFrame,
  FilterEnableFrame,
  FilterUpdateSettingsFrame,
  InputAudioRawFrame,
  InputTransportStartAudioStreamingFrame,
  StartFrame,
  StopFrame,
  UserAudioRawFrame,
  UserImageRequestFrame,
  type Frame,
  type FrameDirection,
  type InputImageRawFrame,
} from "../../frames/index.ts";
import type { AudioFilter } from "../../audio/index.ts";
import { FrameLane } from "../../pipeline/engine/frame-lane.ts";
import type { ProcessContext, ProcessorSetup, ProcessorStats } from "../../pipeline/index.ts";
import type { TimerHandle } from "../../util/clock.ts";
import { AudioHook } from "./audio-hook.ts";
import type { TransportParams } from "./transport-params.ts";
import { TransportProcessor } from "./transport-processor.ts";

/** Audio that waits longer than this is dropped, oldest first: a gap is better than a bot that answers late forever. */
const MAX_QUEUED_MS = 2000;
/** The next processor is behind when this much waits in it; further audio then waits here. */
const NEXT_IS_BEHIND_MS = 200;
const RETRY_MS = 20;

/** What an input transport has to do, and has done so far. */
export interface InputTransportStats extends ProcessorStats {
  /** Captured audio that waits for the next processor, in milliseconds. */
  readonly queuedAudioMs: number;
  /** As {@link BaseInputTransport.droppedAudioFrames}. */
  readonly droppedAudioFrames: number;
}

/**
 * The listening end of a transport. Captured audio passes the filter and is pushed down the pipeline between start and
 * end. At most 2 s of it wait for a processor that cannot keep up.
 */
export abstract class BaseInputTransport extends TransportProcessor {
  #state: "new" | "running" | "paused" | "over" = "new";
  #streaming: boolean;
  #filter: AudioHook<AudioFilter> | undefined;
  readonly #queue = new FrameLane();
  #retry: TimerHandle;
  #droppedAudioFrames = 0;
  #lateAudioFrames = 0;

  /** `params`: made by {@link parseTransportParams}. `options.name`: default the class and a number. */
  constructor(params: TransportParams, options: { readonly name?: string } = {}) {
    super(params, options);
    this.#streaming = params.audioInStreamOnStart;
  }

  /** Audio that arrived while it was not wanted (before start, while paused, after the end) or had waited too long. */
  get droppedAudioFrames(): number {
    return this.#droppedAudioFrames;
  }

  /** Captured audio that waits for the next processor, in milliseconds; at most 2000. */
  get queuedAudioMs(): number {
    return this.#queue.durationMs;
  }

  /** What it has to do, and has done so far. */
  override get stats(): InputTransportStats {
    const { queuedAudioMs, droppedAudioFrames } = this;
    return { ...super.stats, queuedAudioMs, droppedAudioFrames };
  }

  /** Starts to pass audio on where `audioInStreamOnStart` is false. An InputTransportStartAudioStreamingFrame does the same. */
  startAudioIn(): void {
    this.#streaming = true;
  }

  /** Stops media until {@link resumeMedia}, and drops what waits. A StopFrame does the same. */
  pauseMedia(): void {
    if (this.#state !== "running") return;
    this.#state = "paused";
    this.#clear();
  }

  /** Undoes {@link pauseMedia}. The next StartFrame does the same. */
  resumeMedia(): void {
    if (this.#state === "paused") this.#state = "running";
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    const { audioInFilter } = this.params;
    if (!audioInFilter) return;
    this.#filter = new AudioHook(audioInFilter, {
      name: "audioInFilter",
      clock: this.clock,
      onError: (error) => this.pushError(error),
    });
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    if (frame instanceof InputTransportStartAudioStreamingFrame) this.startAudioIn();
    if (direction === "upstream") return this.#upstream(frame, ctx);
    if (frame instanceof InputAudioRawFrame) {
      this.pushAudio(frame);
    } else if (frame instanceof StartFrame) {
      return this.#start(frame, ctx);
    } else if (frame instanceof EndFrame) {
      return this.#end(frame, ctx);
    } else if (frame instanceof CancelFrame) {
      return this.#cancel(frame, ctx);
    } else if (this.#filter && frame instanceof FilterUpdateSettingsFrame) {
      this.#filter.update(frame.settings);
    } else if (this.#filter && frame instanceof FilterEnableFrame) {
      this.#filter.enable(frame.enable);
    } else {
      ctx.push(frame);
      if (frame instanceof StopFrame) this.pauseMedia();
    }
  }

  override async cleanup(): Promise<void> {
    this.#finish();
    await this.#filter?.stop();
    await super.cleanup();
  }

  /** Rate of the input audio in Hz; known from setup on. */
  protected get sampleRate(): number {
    return this.params.audioInSampleRate ?? this.taskRates.in;
  }

  /** Takes captured audio, and audio that another processor pushes in its place. */
  protected pushAudio(frame: InputAudioRawFrame): void {
    const { audioInEnabled, audioInPassthrough } = this.params;
    if (this.#state !== "running" || !this.#streaming || !audioInEnabled || !audioInPassthrough) {
      this.#droppedAudioFrames++;
      return;
    }
    this.#queue.push(frame, "downstream");
    this.#deliver();
    while (this.#queue.durationMs > MAX_QUEUED_MS) this.#dropOldest();
  }

  /** Takes a captured picture. Pictures are not queued: only the newest counts. */
  protected pushVideo(frame: InputImageRawFrame): void {
    if (this.#state === "running" && this.params.videoInEnabled) this.push(frame);
  }

  /**
   * A processor down the pipeline requests a picture of a participant: answer with `pushVideo(new UserImageRawFrame(…))`.
   * Default: logs a warning.
   */
  protected requestImage(frame: UserImageRequestFrame): void | Promise<void> {
    this.logger.warn(`${this.name} cannot take pictures of users; the request is ignored.`, { frame: frame.name });
  }

  #upstream(frame: Frame, ctx: ProcessContext): void | Promise<void> {
    if (frame instanceof UserImageRequestFrame) return this.requestImage(frame);
    if (frame instanceof InputAudioRawFrame) this.pushAudio(frame);
    else ctx.push(frame, "upstream");
  }

  async #start(frame: StartFrame, ctx: ProcessContext): Promise<void> {
    ctx.push(frame);
    if (this.#filter) await this.#filter.start(this.sampleRate);
    if (this.#isOver()) return;
    this.#state = "running";
    await this.start(frame);
  }

  async #end(frame: EndFrame, ctx: ProcessContext): Promise<void> {
    ctx.push(frame);
    this.#finish();
    await Promise.all([this.stop(), this.#filter?.stop()]);
  }

  #cancel(frame: CancelFrame, ctx: ProcessContext): Promise<void> {
    this.#finish();
    return this.before(frame, ctx, async () => {
      await Promise.all([this.cancel(), this.#filter?.stop()]);
    });
  }

  #finish(): void {
    this.#state = "over";
    this.#clear();
  }

  #clear(): void {
    this.#queue.clear();
    if (this.#retry !== undefined) this.clock.clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  #deliver(): void {
    while (this.#queue.size > 0 && this.nextWaitingInputAudioMs < NEXT_IS_BEHIND_MS) {
      const frame = this.#filtered(this.#queue.shift() as InputAudioRawFrame);
      if (frame) this.push(frame);
    }
    if (this.#queue.size === 0 || this.#retry !== undefined) return;
    this.#retry = this.clock.setTimeout(() => {
      this.#retry = undefined;
      this.#deliver();
    }, RETRY_MS);
  }

  /** Undefined while the filter collects more. */
  #filtered(frame: InputAudioRawFrame): InputAudioRawFrame | undefined {
    // The filter knows one format; audio of another processor in a different format bypasses it.
    if (!this.#filter?.isOn() || frame.sampleRate !== this.sampleRate || frame.numChannels !== 1) return frame;
    const audio = this.#filter.use((filter) => filter.process(frame.audio));
    // It has just failed: noise is better than a gap.
    if (!this.#filter.isOn()) return frame;
    return audio && (audio === frame.audio ? frame : withAudio(frame, audio));
  }

  #dropOldest(): void {
    this.#queue.shift();
    this.#droppedAudioFrames++;
    this.#lateAudioFrames++;
    if (this.#lateAudioFrames > 1) return;
    const what = `${this.name} drops what users say: the next processor is more than ${MAX_QUEUED_MS} ms behind.`;
    this.logger.warn(`${what} Later drops are only counted (droppedAudioFrames).`);
  }

  /** A method, so that the compiler does not assume an unchanged state across an await. */
  #isOver(): boolean {
    return this.#state === "over";
  }
}

function withAudio(frame: InputAudioRawFrame, audio: Int16Array): InputAudioRawFrame {
  const fields = { audio, sampleRate: frame.sampleRate };
  const filtered =
    frame instanceof UserAudioRawFrame
      ? new UserAudioRawFrame({ ...fields, userId: frame.userId })
      : new InputAudioRawFrame(fields);
  filtered.transportSource = frame.transportSource;
  filtered.ptsMs = frame.ptsMs;
  return filtered;
}
