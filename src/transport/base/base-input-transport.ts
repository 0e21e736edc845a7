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

/** Audio that waits longer than this is dropped, oldest first: a gap is better than a bot that answers late for ever. */
const MAX_QUEUED_MS = 2000;
/** The next processor is behind when so much waits in it; what comes then waits here. */
const NEXT_IS_BEHIND_MS = 200;
const RETRY_MS = 20;

export interface InputTransportStats extends ProcessorStats {
  /** Captured audio that waits for the next processor, in ms. */
  readonly queuedAudioMs: number;
  readonly droppedAudioFrames: number;
}

/**
 * The listening end of a transport. What it captures goes through the filter and down the pipeline between start and end.
 * At most 2 s of it wait for a processor that cannot keep up.
 */
export abstract class BaseInputTransport extends TransportProcessor {
  #state: "new" | "running" | "paused" | "over" = "new";
  #streaming: boolean;
  #filter: AudioHook<AudioFilter> | undefined;
  readonly #queue = new FrameLane();
  #retry: TimerHandle;
  #droppedAudioFrames = 0;
  #lateAudioFrames = 0;

  constructor(params: TransportParams, options: { readonly name?: string } = {}) {
    super(params, options);
    this.#streaming = params.audioInStreamOnStart;
  }

  /** Audio that came while it was not wanted (before start, while paused, after the end) or had waited for too long. */
  get droppedAudioFrames(): number {
    return this.#droppedAudioFrames;
  }

  /** Captured audio that waits for the next processor, in ms. */
  get queuedAudioMs(): number {
    return this.#queue.durationMs;
  }

  override get stats(): InputTransportStats {
    const { queuedAudioMs, droppedAudioFrames } = this;
    return { ...super.stats, queuedAudioMs, droppedAudioFrames };
  }

  /** Begins to pass audio on, where `audioInStreamOnStart` is false; an `InputTransportStartAudioStreamingFrame` does too. */
  startAudioIn(): void {
    this.#streaming = true;
  }

  /** Lets no media through until {@link resumeMedia}, and drops what waits; a StopFrame does the same. */
  pauseMedia(): void {
    if (this.#state !== "running") return;
    this.#state = "paused";
    this.#clear();
  }

  /** Undoes {@link pauseMedia}; so does the next StartFrame. */
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

  /** Hz; known from setup on. */
  protected get sampleRate(): number {
    return this.params.audioInSampleRate ?? this.taskRates.in;
  }

  /** Captured audio, and audio that another processor made look like it. */
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

  /** Captured pictures. They are not queued: the newest is what counts. */
  protected pushVideo(frame: InputImageRawFrame): void {
    if (this.#state === "running" && this.params.videoInEnabled) this.push(frame);
  }

  /** Someone down the pipeline wants a picture of a participant; answer with `pushVideo(new UserImageRawFrame(…))`. */
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

  /** Undefined while the filter gathers more. */
  #filtered(frame: InputAudioRawFrame): InputAudioRawFrame | undefined {
    // The filter knows one format; what another processor made in a different one passes beside it.
    if (!this.#filter?.isOn() || frame.sampleRate !== this.sampleRate || frame.numChannels !== 1) return frame;
    const audio = this.#filter.use((filter) => filter.process(frame.audio));
    // It has just failed: better the noise than a hole.
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

  /** A call, so that the compiler does not take the state for unchanged across an await. */
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
