import type { AudioMixer } from "../../audio/index.ts";
import {
  AssistantImageRawFrame,
  CancelFrame,
  EndFrame,
  HeartbeatFrame,
  InterruptionFrame,
  OutputAudioRawFrame,
  OutputImageRawFrame,
  OutputTransportMessageFrame,
  OutputTransportMessageUrgentFrame,
  OutputTransportReadyFrame,
  SpeechOutputAudioRawFrame,
  SpriteFrame,
  StartFrame,
  StopFrame,
  TTSStoppedFrame,
  type Frame,
  type FrameDirection,
} from "../../frames/index.ts";
import type { ProcessContext, ProcessorStats } from "../../pipeline/index.ts";
import { sleep } from "../../util/deadline.ts";
import { asError } from "../../util/errors.ts";
import type { AudioSink } from "../playout/audio-sink.ts";
import type { InterruptionNotice } from "./interruption-notice.ts";
import type { AudioDestinationStats } from "./media-sender/audio-destination-stats.ts";
import { BackgroundSound } from "./media-sender/background-sound.ts";
import { interruptAll } from "./media-sender/interruption.ts";
import { defaultResampler } from "./media-sender/default-resampler.ts";
import { MediaSender } from "./media-sender/media-sender.ts";
import type { PcmResamplerFactory } from "./media-sender/output-format.ts";
import type { ListenerState } from "./media-sender/release-gate.ts";
import { toMixers } from "./output-mixers.ts";
import { RefusedFrames } from "./refused-frames.ts";
import type { TransportParams } from "./transport-params.ts";
import { TransportProcessor } from "./transport-processor.ts";
import { VideoSender, type VideoDestinationStats } from "./video-sender.ts";
import type { VideoFormat, VideoSink } from "./video-sink.ts";

/** Options of a {@link BaseOutputTransport}. */
export interface OutputTransportOptions {
  /** The processor's name. Default: its class and a number. */
  readonly name?: string;
  /** The name of the default destination. Frames for it carry this name or none. Default: it has no name. */
  readonly defaultDestination?: string;
  /** The same for pictures, where their default destination has another name than that of the audio. Default: the same. */
  readonly defaultVideoDestination?: string;
  /** Makes resamplers for audio at other rates than the sink's. Default: the library's own. */
  readonly createResampler?: PcmResamplerFactory;
}

/** What an output transport has to do, and has done so far. */
export interface OutputTransportStats extends ProcessorStats {
  /** Frames that were refused: the transport was not ready or had ended, or their destination does not exist. */
  readonly refusedFrames: number;
  /** One entry per audio destination. */
  readonly audio: readonly AudioDestinationStats[];
  /** One entry per video destination. */
  readonly video: readonly VideoDestinationStats[];
}

/**
 * The speaking end of a transport. It routes frames to one `MediaSender` per destination (pictures to a
 * `VideoSender`) and keeps the order of events at start, interruption, end and cancel. A concrete transport knows how
 * to open a sink and how to send a message.
 */
export abstract class BaseOutputTransport extends TransportProcessor {
  readonly #options: OutputTransportOptions;
  readonly #senders = new Map<string | undefined, MediaSender>();
  readonly #videoSenders = new Map<string | undefined, VideoSender>();
  readonly #mixers: ReadonlyMap<string | undefined, AudioMixer>;
  readonly #refusals = new RefusedFrames();
  #phase: "new" | "open" | "ending" | "over" = "new";
  #ready = false;
  #listening: ListenerState = "heard";
  /** Frames released so far, not counting audio. */
  #playoutIndex = 0;

  /**
   * `params`: made by {@link parseTransportParams}.
   *
   * @throws {@link InvalidOptionError} for a mixer of a destination that does not exist.
   */
  constructor(params: TransportParams, options: OutputTransportOptions = {}) {
    super(params, { name: options.name });
    this.#options = options;
    this.#mixers = toMixers(params, options.defaultDestination);
  }

  /**
   * Opens the way to the listener for one destination; undefined is a default destination without a name. `sampleRate` is
   * in Hz. A rejection is a failure of the handler that called {@link openSenders}.
   */
  protected abstract openSink(destination: string | undefined, sampleRate: number): Promise<AudioSink>;

  /** Opens the way to the viewer for one destination. Default: there is none, and pictures are refused. */
  protected openVideoSink(_destination: string | undefined, _format: VideoFormat): Promise<VideoSink | undefined> {
    return Promise.resolve(undefined);
  }

  /** Sends an app message. `to` is a session id; undefined means everyone. A rejection is reported upstream. */
  protected abstract sendMessage(message: unknown, to: string | undefined): Promise<void>;

  /**
   * Called as soon as our own audio on the default destination is silent, before anything else happens. Must not wait. A
   * transport that notifies the listener returns when that is done, and how long its track is to be silent after it,
   * before anything new is said. Default: nobody is notified.
   */
  protected onInterruption(): InterruptionNotice | undefined {
    return undefined;
  }

  /** Pushes a frame. Every interruption that leaves carries how much was heard before it. */
  override push(frame: Frame, direction?: FrameDirection): void {
    if (frame instanceof InterruptionFrame) frame.playoutIndex = this.#playoutIndex;
    super.push(frame, direction);
  }

  /** Frames that were refused so far: too early, too late, or for a destination that does not exist. */
  get refusedFrames(): number {
    return this.#refusals.count;
  }

  /** What it has to do, and has done so far, per destination. */
  override get stats(): OutputTransportStats {
    return {
      ...super.stats,
      refusedFrames: this.#refusals.count,
      audio: [...this.#senders.values()].map(({ stats }) => stats),
      video: [...this.#videoSenders.values()].map(({ stats }) => stats),
    };
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    // The processor that interrupts may be on either side.
    if (frame instanceof InterruptionFrame) return this.#interrupt(frame, direction, ctx);
    if (direction === "upstream") ctx.push(frame, direction);
    else if (frame instanceof OutputAudioRawFrame) return this.#audio(frame, ctx);
    else if (frame instanceof OutputImageRawFrame || frame instanceof SpriteFrame) return this.#image(frame, ctx);
    else if (frame instanceof StartFrame) return this.#start(frame, ctx);
    else if (frame instanceof EndFrame) return this.#end(frame, ctx);
    else if (frame instanceof StopFrame) return this.#pause(frame, ctx);
    else if (frame instanceof CancelFrame) return this.#cancel(frame, ctx);
    else if (frame instanceof OutputTransportMessageUrgentFrame) this.#send(frame);
    // A heartbeat measures the pipeline, not how much is left to say.
    else if (frame.category === "system" || frame instanceof HeartbeatFrame) ctx.push(frame);
    else return this.#ordered(frame, ctx);
  }

  override async cleanup(): Promise<void> {
    await this.#closeSenders();
    await super.cleanup();
  }

  /** Rate of the output audio in Hz; known from setup on. */
  protected get sampleRate(): number {
    return this.params.audioOutSampleRate ?? this.taskRates.out;
  }

  /** Opens all destinations. Frames that arrive from now on wait until {@link setTransportReady}. Later calls do nothing. */
  protected async openSenders(): Promise<void> {
    const { audioOutEnabled, audioOutDestinations, videoOutEnabled, videoOutDestinations } = this.params;
    if (this.#phase !== "new" || !(audioOutEnabled || videoOutEnabled)) return;
    this.#phase = "open";
    const audio = audioOutEnabled ? new Set([this.#options.defaultDestination, ...audioOutDestinations]) : [];
    const video = videoOutEnabled ? new Set([this.#defaultVideoDestination, ...videoOutDestinations]) : [];
    await Promise.all([
      ...[...audio].map((name) => this.#openSender(name)),
      ...[...video].map((name) => this.#openVideoSender(name)),
    ]);
  }

  /** Whether {@link setTransportReady} was called. */
  protected get isReady(): boolean {
    return this.#ready;
  }

  /** The listener is there, or will not come: lets media out and pushes an OutputTransportReadyFrame upstream. Once. */
  protected setTransportReady(): void {
    if (this.#ready || this.#phase === "over") return;
    this.#ready = true;
    for (const sender of this.#videoSenders.values()) sender.open();
    for (const [destination, sender] of this.#senders) sender.listen(this.#listeningOf(destination));
    this.push(new OutputTransportReadyFrame(), "upstream");
  }

  /**
   * Says whether anyone hears the default destination; at first someone does. A change in mid-speech interrupts the bot:
   * what was said until then was heard (or was not), and the rest can be said later. Returns whether it interrupted.
   */
  protected setListening(listening: ListenerState): boolean {
    if (this.#listening === listening) return false;
    const before = this.#listening;
    this.#listening = listening;
    const sender = this.#senders.get(this.#options.defaultDestination);
    if (!this.#ready || !sender) return false;
    // What waits for a listener has not begun.
    const interrupts = before !== "awaited" && sender.busy;
    if (interrupts) void interruptAll([sender], { onStopped: () => this.broadcastInterruption(), alwaysYield: true });
    sender.listen(listening);
    return interrupts;
  }

  async #openSender(destination: string | undefined): Promise<void> {
    const sink = await this.openSink(destination, this.sampleRate);
    if (this.#isOver()) {
      await sink.close();
      return;
    }
    const mixer = this.#mixers.get(destination);
    const pushError = (error: Error): void => this.pushError(error);
    const sender = new MediaSender({
      destination,
      sink,
      clock: this.clock,
      chunkMs: this.params.audioOut10msChunks * 10,
      maxQueuedMs: this.params.audioOutQueueMs,
      createResampler: this.#options.createResampler ?? defaultResampler,
      background: mixer && new BackgroundSound(mixer, { clock: this.clock, onError: pushError }),
      host: {
        push: (frame) => this.#release(frame),
        deliver: (frame) => this.#deliver(frame),
        broadcast: (make) => this.broadcast(make),
        pushError,
      },
    });
    this.#senders.set(destination, sender);
    if (this.#ready) sender.listen(this.#listeningOf(destination));
  }

  #listeningOf(destination: string | undefined): ListenerState {
    return destination === this.#options.defaultDestination ? this.#listening : "heard";
  }

  async #openVideoSender(destination: string | undefined): Promise<void> {
    const { videoOutWidth: width, videoOutHeight: height, videoOutFps: fps, videoOutIsLive: live } = this.params;
    const sink = await this.openVideoSink(destination, { width, height, fps });
    if (!sink) return;
    if (this.#isOver()) {
      await sink.close();
      return;
    }
    const { clock, logger } = this;
    const onError = (error: Error): void => this.pushError(error);
    const sender = new VideoSender({ destination, sink, clock, logger, fps, live, onError });
    this.#videoSenders.set(destination, sender);
    if (this.#ready) sender.open();
  }

  #allSenders(): (MediaSender | VideoSender)[] {
    return [...this.#senders.values(), ...this.#videoSenders.values()];
  }

  /** A method, so that the compiler does not assume an unchanged phase across an await. */
  #isOver(): boolean {
    return this.#phase === "over";
  }

  async #start(frame: StartFrame, ctx: ProcessContext): Promise<void> {
    ctx.push(frame);
    await this.start(frame);
  }

  #audio(frame: OutputAudioRawFrame, ctx: ProcessContext): void | Promise<void> {
    const sender = this.#senderFor(frame);
    if (sender && frame instanceof SpeechOutputAudioRawFrame && frame.capturedAtMs !== undefined) {
      const heardAtMs = this.clock.nowMs() + sender.aheadMs;
      this.#videoSenders.get(this.#pictureOf(sender.destination))?.followSound(heardAtMs - frame.capturedAtMs);
    }
    return sender?.audio(frame, ctx.signal);
  }

  #ordered(frame: Frame, ctx: ProcessContext): void | Promise<void> {
    if (!this.params.audioOutEnabled) {
      this.#deliver(frame);
      return;
    }
    const sender = this.#senderFor(frame);
    if (sender && frame instanceof TTSStoppedFrame) sender.ttsStopped(frame);
    else if (sender) return sender.frame(frame);
    // Other processors wait for marks, so these pass even where nothing can be said.
    else if (frame.category === "control") ctx.push(frame);
  }

  #image(frame: OutputImageRawFrame | SpriteFrame, ctx: ProcessContext): void | Promise<void> {
    const waits = isSynchronised(frame) && this.#senders.has(this.#destinationOf(frame));
    if (!this.params.videoOutEnabled || waits) return this.#ordered(frame, ctx);
    this.#show(frame);
    // The conversation is recorded further down the pipeline: the picture belongs in its place among the words.
    if (frame instanceof AssistantImageRawFrame) return this.#ordered(frame, ctx);
  }

  /** Takes a frame that waited for the audio before it. */
  #deliver(frame: Frame): void {
    if (frame instanceof OutputTransportMessageFrame) {
      this.#send(frame);
      return;
    }
    const isShown = this.params.videoOutEnabled && isSynchronised(frame);
    if (isShown) this.#show(frame);
    if (!isShown || frame instanceof AssistantImageRawFrame) this.#release(frame);
  }

  /** Passes on a frame whose time has come: from here on it is the past, which no interruption changes. */
  #release(frame: Frame): void {
    // Audio may be on its way to another output, and that one must be able to fall silent.
    if (!(frame instanceof OutputAudioRawFrame)) frame.markReleased(++this.#playoutIndex);
    this.push(frame);
  }

  #show(frame: OutputImageRawFrame | SpriteFrame): void {
    const sender = this.#videoSenders.get(frame.transportDestination ?? this.#defaultVideoDestination);
    if (!sender || this.#phase !== "open") this.#refuse(frame, this.#whyRefused("videoOutDestinations"));
    else sender.show(frame instanceof SpriteFrame ? frame.images : [frame]);
  }

  get #defaultVideoDestination(): string | undefined {
    const { defaultDestination, defaultVideoDestination = defaultDestination } = this.#options;
    return defaultVideoDestination;
  }

  /** The video destination that belongs to an audio destination. */
  #pictureOf(destination: string | undefined): string | undefined {
    return destination === this.#options.defaultDestination ? this.#defaultVideoDestination : destination;
  }

  /** Of audio, and of the audio that other frames are in order with: the default pictures go with the default audio. */
  #destinationOf(frame: Frame): string | undefined {
    const { defaultDestination } = this.#options;
    const isPicture = frame instanceof OutputImageRawFrame || frame instanceof SpriteFrame;
    if (isPicture && frame.transportDestination === this.#defaultVideoDestination) return defaultDestination;
    return frame.transportDestination ?? defaultDestination;
  }

  /** The sender for the frame. Reports the reason when there is none. */
  #senderFor(frame: Frame): MediaSender | undefined {
    const sender = this.#senders.get(this.#destinationOf(frame));
    if (sender && !sender.closed && this.#phase === "open") return sender;
    // Only content is lost; marks pass (see #ordered).
    if (frame.category !== "control") {
      const isOff = !this.params.audioOutEnabled;
      this.#refuse(
        frame,
        isOff ? "audio output is off (audioOutEnabled)." : this.#whyRefused("audioOutDestinations", sender),
      );
    }
    return undefined;
  }

  #refuse(frame: Frame, why: string): void {
    this.#refusals.refuse(this.logger, this.name, frame, frame.transportDestination, why);
  }

  #whyRefused(param: string, sender?: MediaSender): string {
    if (this.#phase === "new") return "the transport is not ready; wait for the OutputTransportReadyFrame.";
    if (this.#phase !== "open") return "the transport has ended.";
    if (sender) return "its output has closed.";
    return `there is no such destination; name it in ${param}.`;
  }

  #interrupt(frame: InterruptionFrame, direction: FrameDirection, ctx: ProcessContext): Promise<void> {
    const named = frame.transportDestination;
    const isMeant = (destination: string | undefined): boolean => named === undefined || destination === named;
    const { defaultDestination } = this.#options;
    const speaker = this.#senders.get(defaultDestination);
    return interruptAll(
      [...this.#senders.values()].filter(({ destination }) => isMeant(destination)),
      {
        onSilent: (playingOn) => {
          for (const [destination, sender] of this.#videoSenders) {
            const goesWith = destination === this.#defaultVideoDestination ? defaultDestination : destination;
            if (isMeant(goesWith)) sender.interrupt();
          }
          // Speech that must be heard to its end is all that the far end has, and it would flush that.
          if (isMeant(defaultDestination) && !(speaker && playingOn.has(speaker))) this.#notifyFarEnd(speaker);
        },
        onStopped: () => ctx.push(frame, direction),
      },
    );
  }

  #notifyFarEnd(speaker: MediaSender | undefined): void {
    try {
      const notice = this.onInterruption();
      if (notice) speaker?.holdSpeech(notice);
    } catch (thrown) {
      this.pushError(asError(thrown));
    }
  }

  #end(frame: EndFrame, ctx: ProcessContext): Promise<void> {
    return this.before(frame, ctx, async () => {
      await this.#drainSenders();
      if (this.#phase === "open") this.#phase = "ending";
      await this.#endSilence(ctx.signal);
      await this.#closeSenders();
      await this.stop();
    });
  }

  async #pause(frame: StopFrame, ctx: ProcessContext): Promise<void> {
    await this.#drainSenders();
    ctx.push(frame);
  }

  #cancel(frame: CancelFrame, ctx: ProcessContext): Promise<void> {
    return this.before(frame, ctx, async () => {
      await Promise.all([this.#closeSenders(), this.cancel()]);
    });
  }

  async #drainSenders(): Promise<void> {
    await Promise.all([...this.#senders.values()].map((sender) => sender.drain()));
  }

  async #endSilence(signal: AbortSignal): Promise<void> {
    // Where nobody can listen any more, there is no last word to wait for.
    const open = [...this.#senders.values()].filter(({ closed }) => !closed);
    const heard = open.map(({ lastHeardMs }) => lastHeardMs ?? -Infinity);
    const untilMs = Math.max(-Infinity, ...heard) + this.params.audioOutEndSilenceMs;
    const leftMs = untilMs - this.clock.nowMs();
    if (leftMs > 0) await sleep(this.clock, leftMs, signal);
  }

  async #closeSenders(): Promise<void> {
    this.#phase = "over";
    await Promise.all(this.#allSenders().map((sender) => sender.close()));
  }

  /** A message that fails is an error of its own, not a failure of what was being handled. */
  #send(frame: OutputTransportMessageFrame | OutputTransportMessageUrgentFrame): void {
    this.sendMessage(frame.message, frame.to).catch((thrown: unknown) => {
      this.pushError(asError(thrown));
    });
  }
}

function isSynchronised(frame: Frame): frame is OutputImageRawFrame {
  return frame instanceof OutputImageRawFrame && frame.syncWithAudio;
}
