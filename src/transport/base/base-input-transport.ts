import {
  CancelFrame,
  EndFrame,
  InputAudioRawFrame,
  StartFrame,
  StopFrame,
  type Frame,
  type FrameDirection,
} from "../../frames/index.ts";
import { FrameProcessor, type ProcessContext, type ProcessorSetup } from "../../pipeline/index.ts";
import { systemClock, type Clock } from "../../util/clock.ts";
import { asError } from "../../util/errors.ts";
import { consoleLogger, type Logger } from "../../util/logger.ts";
import type { TransportParams } from "./transport-params.ts";

/**
 * The listening end of a transport. What it captures goes down the pipeline between start and end; the bounded queue
 * for it is the inbox of the next processor, which drops the oldest audio when that one cannot keep up.
 */
export abstract class BaseInputTransport extends FrameProcessor {
  protected readonly params: TransportParams;
  #setup: ProcessorSetup | undefined;
  #state: "new" | "running" | "paused" | "over" = "new";
  #streaming: boolean;
  #droppedAudioFrames = 0;

  constructor(params: TransportParams, options: { readonly name?: string } = {}) {
    super(options);
    this.params = params;
    this.#streaming = params.audioInStreamOnStart;
  }

  /** After the StartFrame was pushed on; again after a pause. */
  protected start(_frame: StartFrame): Promise<void> {
    return Promise.resolve();
  }

  /** After the EndFrame was pushed on. What takes long belongs in `cleanup`. */
  protected stop(): Promise<void> {
    return Promise.resolve();
  }

  /** Let go at once, before the CancelFrame goes on. */
  protected cancel(): Promise<void> {
    return Promise.resolve();
  }

  /** Audio that came while it was not wanted: before start, while paused, after the end. */
  get droppedAudioFrames(): number {
    return this.#droppedAudioFrames;
  }

  /** Begins to pass audio on, where `audioInStreamOnStart` is false. */
  startAudioIn(): void {
    this.#streaming = true;
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    this.#setup = setup;
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    if (direction === "upstream") ctx.push(frame, direction);
    else if (frame instanceof InputAudioRawFrame) this.pushAudio(frame);
    else if (frame instanceof StartFrame) return this.#start(frame, ctx);
    else if (frame instanceof EndFrame) return this.#end(frame, ctx);
    else if (frame instanceof CancelFrame) return this.#cancel(frame, ctx);
    else {
      ctx.push(frame);
      if (frame instanceof StopFrame && this.#state === "running") this.#state = "paused";
    }
  }

  override async cleanup(): Promise<void> {
    this.#state = "over";
    await super.cleanup();
  }

  protected get clock(): Clock {
    return this.#setup?.clock ?? systemClock;
  }

  protected get logger(): Logger {
    return this.#setup?.logger ?? consoleLogger;
  }

  /** Hz; known from setup on. */
  protected get sampleRate(): number {
    return this.params.audioInSampleRate ?? this.#setup?.audioInSampleRate ?? 16_000;
  }

  /** Captured audio, and audio that another processor made look like it. */
  protected pushAudio(frame: InputAudioRawFrame): void {
    if (this.#state === "running" && this.#streaming && this.params.audioInEnabled && this.params.audioInPassthrough) {
      this.push(frame);
    } else {
      this.#droppedAudioFrames++;
    }
  }

  async #start(frame: StartFrame, ctx: ProcessContext): Promise<void> {
    ctx.push(frame);
    if (this.#state === "over") return;
    this.#state = "running";
    await this.start(frame);
  }

  async #end(frame: EndFrame, ctx: ProcessContext): Promise<void> {
    ctx.push(frame);
    this.#state = "over";
    await this.stop();
  }

  async #cancel(frame: CancelFrame, ctx: ProcessContext): Promise<void> {
    this.#state = "over";
    try {
      await this.cancel();
    } catch (thrown) {
      this.pushError(asError(thrown));
    } finally {
      ctx.push(frame);
    }
  }
}
