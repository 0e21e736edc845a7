import {
  CancelFrame,
  EndFrame,
  HeartbeatFrame,
  InterruptionFrame,
  OutputAudioRawFrame,
  OutputTransportMessageUrgentFrame,
  OutputTransportReadyFrame,
  StartFrame,
  StopFrame,
  TTSStoppedFrame,
  type Frame,
  type FrameDirection,
  type OutputTransportMessageFrame,
} from "../../frames/index.ts";
import { FrameProcessor, type ProcessContext, type ProcessorSetup } from "../../pipeline/index.ts";
import { systemClock, type Clock } from "../../util/clock.ts";
import { sleep } from "../../util/deadline.ts";
import { asError } from "../../util/errors.ts";
import { consoleLogger, type Logger } from "../../util/logger.ts";
import type { AudioSink } from "./audio-sink.ts";
import { MediaSender } from "./media-sender.ts";
import { nextTurn } from "./next-turn.ts";
import type { PcmResamplerFactory } from "./output-format.ts";
import { Refusals } from "./refusals.ts";
import type { TransportParams } from "./transport-params.ts";

export interface OutputTransportOptions {
  readonly name?: string;
  /** The name of the default destination, when it has one; frames may use it or none at all. */
  readonly defaultDestination?: string;
  /** Default: the library's own resampler. */
  readonly createResampler?: PcmResamplerFactory;
}

const defaultResampler: PcmResamplerFactory = async (fromRate, toRate, channels) => {
  const { createResampler } = await import("../../audio/index.ts");
  return await createResampler(fromRate, toRate, channels);
};

/**
 * The speaking end of a transport: routes frames to a {@link MediaSender} for each destination and sees to the order of
 * things at start, interruption, end and cancel. A concrete transport says how to open a sink and send a message.
 */
export abstract class BaseOutputTransport extends FrameProcessor {
  protected readonly params: TransportParams;
  readonly #options: OutputTransportOptions;
  readonly #senders = new Map<string | undefined, MediaSender>();
  readonly #refusals = new Refusals();
  #setup: ProcessorSetup | undefined;
  #phase: "new" | "open" | "ending" | "over" = "new";
  #ready = false;

  constructor(params: TransportParams, options: OutputTransportOptions = {}) {
    super(options.name === undefined ? {} : { name: options.name });
    this.params = params;
    this.#options = options;
  }

  /** Opens the way to the listener for one destination. */
  protected abstract openSink(destination: string | undefined, sampleRate: number): Promise<AudioSink>;

  /** Sends an app message; `to` is a session id, undefined means everyone. */
  protected abstract sendMessage(message: unknown, to: string | undefined): Promise<void>;

  /** After the StartFrame was pushed on. */
  protected start(_frame: StartFrame): Promise<void> {
    return Promise.resolve();
  }

  /** The first thing after our own audio is silent; must not wait. */
  protected onInterruption(): void {
    // Most transports have no one else to tell.
  }

  /** After everything was heard, before the EndFrame goes on. What takes long belongs in `cleanup`. */
  protected stop(): Promise<void> {
    return Promise.resolve();
  }

  /** Let go at once, before the CancelFrame goes on. */
  protected cancel(): Promise<void> {
    return Promise.resolve();
  }

  /** Frames that could not be taken so far. */
  get refusedFrames(): number {
    return this.#refusals.count;
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    this.#setup = setup;
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    // Whoever interrupts may sit on either side.
    if (frame instanceof InterruptionFrame) return this.#interrupt(frame, direction, ctx);
    if (direction === "upstream") ctx.push(frame, direction);
    else if (frame instanceof OutputAudioRawFrame) return this.#audio(frame, ctx);
    else if (frame instanceof StartFrame) return this.#start(frame, ctx);
    else if (frame instanceof EndFrame) return this.#end(frame, ctx);
    else if (frame instanceof StopFrame) return this.#pause(frame, ctx);
    else if (frame instanceof CancelFrame) return this.#cancel(frame, ctx);
    else if (frame instanceof OutputTransportMessageUrgentFrame) this.#send(frame);
    // A heartbeat measures the pipeline, not how much is left to say.
    else if (frame.category === "system" || frame instanceof HeartbeatFrame) ctx.push(frame);
    else this.#ordered(frame, ctx);
  }

  override async cleanup(): Promise<void> {
    await this.#closeSenders();
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
    return this.params.audioOutSampleRate ?? this.#setup?.audioOutSampleRate ?? 24_000;
  }

  /** Opens all destinations. What comes from here on is kept until {@link setTransportReady}. */
  protected async openSenders(): Promise<void> {
    if (this.#phase !== "new" || !this.params.audioOutEnabled) return;
    this.#phase = "open";
    const names = new Set([this.#options.defaultDestination, ...this.params.audioOutDestinations]);
    await Promise.all([...names].map((name) => this.#openSender(name)));
  }

  /** The listener is there: lets audio out and says so upstream. */
  protected setTransportReady(): void {
    if (this.#ready || this.#phase === "over") return;
    this.#ready = true;
    for (const sender of this.#senders.values()) sender.open();
    this.push(new OutputTransportReadyFrame(), "upstream");
  }

  async #openSender(destination: string | undefined): Promise<void> {
    const sink = await this.openSink(destination, this.sampleRate);
    if (this.#isOver()) {
      await sink.close();
      return;
    }
    const sender = new MediaSender({
      destination,
      sink,
      clock: this.clock,
      logger: this.logger,
      chunkMs: this.params.audioOut10msChunks * 10,
      maxQueuedMs: this.params.audioOutQueueMs,
      createResampler: this.#options.createResampler ?? defaultResampler,
      host: {
        push: (frame) => this.push(frame),
        broadcast: (make) => this.broadcast(make),
        pushError: (error) => this.pushError(error),
        sendMessage: (frame) => this.#send(frame),
      },
    });
    this.#senders.set(destination, sender);
    if (this.#ready) sender.open();
  }

  /** A call, so that the compiler does not take the phase for unchanged across an await. */
  #isOver(): boolean {
    return this.#phase === "over";
  }

  async #start(frame: StartFrame, ctx: ProcessContext): Promise<void> {
    ctx.push(frame);
    await this.start(frame);
  }

  #audio(frame: OutputAudioRawFrame, ctx: ProcessContext): void | Promise<void> {
    const sender = this.#senderFor(frame);
    return sender?.audio(frame, ctx.signal);
  }

  #ordered(frame: Frame, ctx: ProcessContext): void {
    if (!this.params.audioOutEnabled) {
      ctx.push(frame);
      return;
    }
    const sender = this.#senderFor(frame);
    if (sender && frame instanceof TTSStoppedFrame) sender.ttsStopped(frame);
    else if (sender) sender.frame(frame);
    // Marks that others wait for pass even where nothing can be said.
    else if (frame.category === "control") ctx.push(frame);
  }

  /** Where the frame goes; says why when it cannot. */
  #senderFor(frame: Frame): MediaSender | undefined {
    const destination = frame.transportDestination ?? this.#options.defaultDestination;
    const sender = this.#senders.get(destination);
    if (sender && !sender.closed && this.#phase === "open") return sender;
    // Only content is lost; marks pass (see #ordered).
    if (frame.category !== "control") {
      this.#refusals.refuse(this.logger, this.name, frame, frame.transportDestination, this.#whyRefused(sender));
    }
    return undefined;
  }

  #whyRefused(sender: MediaSender | undefined): string {
    if (!this.params.audioOutEnabled) return "audio output is off (audioOutEnabled).";
    if (this.#phase === "new") return "the transport is not ready; wait for the OutputTransportReadyFrame.";
    if (this.#phase !== "open") return "the transport has ended.";
    if (sender) return "its output has closed.";
    return "there is no such destination; name it in audioOutDestinations.";
  }

  async #interrupt(frame: InterruptionFrame, direction: FrameDirection, ctx: ProcessContext): Promise<void> {
    const named = frame.transportDestination;
    const senders = [...this.#senders.values()].filter(
      ({ destination }) => named === undefined || destination === named,
    );
    for (const sender of senders) sender.silence();
    try {
      this.onInterruption();
    } catch (thrown) {
      this.pushError(asError(thrown));
    }
    let released = false;
    for (const sender of senders) released = sender.settle() || released;
    // What follows overtakes data: words just released would be dropped from the queues behind us, though heard.
    if (released) await nextTurn();
    for (const sender of senders) sender.stopSpeaking();
    ctx.push(frame, direction);
  }

  async #end(frame: EndFrame, ctx: ProcessContext): Promise<void> {
    try {
      await this.#drainSenders();
      if (this.#phase === "open") this.#phase = "ending";
      await this.#endSilence(ctx.signal);
      await this.#closeSenders();
      await this.stop();
    } catch (thrown) {
      ctx.pushError(asError(thrown));
    } finally {
      ctx.push(frame);
    }
  }

  async #pause(frame: StopFrame, ctx: ProcessContext): Promise<void> {
    await this.#drainSenders();
    ctx.push(frame);
  }

  async #cancel(frame: CancelFrame, ctx: ProcessContext): Promise<void> {
    try {
      await Promise.all([this.#closeSenders(), this.cancel()]);
    } catch (thrown) {
      this.pushError(asError(thrown));
    } finally {
      ctx.push(frame);
    }
  }

  async #drainSenders(): Promise<void> {
    await Promise.all([...this.#senders.values()].map((sender) => sender.drain()));
  }

  async #endSilence(signal: AbortSignal): Promise<void> {
    const heard = [...this.#senders.values()].map(({ lastHeardMs }) => lastHeardMs ?? -Infinity);
    const untilMs = Math.max(-Infinity, ...heard) + this.params.audioOutEndSilenceMs;
    const leftMs = untilMs - this.clock.nowMs();
    if (leftMs > 0) await sleep(this.clock, leftMs, signal);
  }

  async #closeSenders(): Promise<void> {
    this.#phase = "over";
    await Promise.all([...this.#senders.values()].map((sender) => sender.close()));
  }

  /** A message that fails is an error of its own, not a failure of what was being handled. */
  #send(frame: OutputTransportMessageFrame | OutputTransportMessageUrgentFrame): void {
    this.sendMessage(frame.message, frame.to).catch((thrown: unknown) => {
      this.pushError(asError(thrown));
    });
  }
}
