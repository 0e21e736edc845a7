import {
  type Frame,
  type FrameDirection,
  InputAudioRawFrame,
  EagerEndOfTurnCancelFrame,
  EagerTranscriptionFrame,
  InterimTranscriptionFrame,
  STTMetadataFrame,
  STTMuteFrame,
  STTUpdateSettingsFrame,
  TranscriptionFrame,
  UserAudioRawFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../frames/index.ts";
import type { FrameProcessorOptions, ProcessContext } from "../pipeline/index.ts";
import type { TimerHandle } from "../util/clock.ts";
import { asError } from "../util/errors.ts";
import { isThenable } from "../util/thenable.ts";
import { AIService } from "./ai-service.ts";
import { AudioBacklog } from "./speech/audio-backlog.ts";

/** How much audio may wait for a recogniser that is slower than real time; older audio is dropped first. */
const MAX_BACKLOG_MS = 10_000;
/** A transcript later than this does not belong to the measured speech. */
const TTFB_GIVE_UP_MS = 2000;
/** Latency assumed for a service that does not declare it. */
const DEFAULT_TTFS_P99_MS = 1000;

/** Options of an {@link STTService}. */
export interface STTServiceOptions extends FrameProcessorOptions {
  /** Whether the audio is forwarded downstream. Default true. */
  readonly audioPassthrough?: boolean;
  /**
   * Time from the end of speech to the final transcript, 99th percentile, in milliseconds. Turn strategies wait this
   * long. Default 1000.
   */
  readonly ttfsP99LatencyMs?: number;
}

/** What a provider has understood. */
export interface STTTranscript {
  /** The transcribed text. */
  readonly text: string;
  /** Session id of the participant who spoke. Default: the participant whose audio arrived last. */
  readonly userId?: string | undefined;
  /** Language as a BCP 47 tag, such as "en-US". */
  readonly language?: string | undefined;
  /** The provider's raw result. */
  readonly result?: unknown;
  /** Whether the provider sends nothing more for this stretch of speech. Default false. */
  readonly finalized?: boolean;
}

/**
 * Base class of speech-to-text services. Implement `runSTT`, and pass results to `pushTranscript` and
 * `pushInterimTranscript`. Put the service behind the VAD, whose frames mark segments and start measurements.
 */
export abstract class STTService<S extends object = object> extends AIService<S> {
  readonly #audioPassthrough: boolean;
  readonly #ttfsP99LatencyMs: number;
  readonly #backlog = new AudioBacklog();
  #busy = false;
  #failing = false;
  #muted = false;
  #userId = "";
  /** Duration of the audio passed to the recogniser since the last transcript. */
  #heardMs = 0;
  #ttfbTimer: TimerHandle;

  constructor(settings: S, options: STTServiceOptions = {}) {
    super(settings, options);
    this.#audioPassthrough = options.audioPassthrough ?? true;
    this.#ttfsP99LatencyMs = options.ttfsP99LatencyMs ?? DEFAULT_TTFS_P99_MS;
  }

  /** Number of audio frames dropped because the recogniser was too slow. */
  get droppedAudioFrames(): number {
    return this.#backlog.droppedFrames;
  }

  protected override canGenerateMetrics(): boolean {
    return true;
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    if (frame instanceof InputAudioRawFrame && direction === "downstream") {
      if (this.#audioPassthrough) ctx.push(frame, direction);
      this.#hear(frame, ctx);
      return;
    }
    if (frame instanceof STTUpdateSettingsFrame) return this.updateSettings(frame.settings, ctx);
    if (frame instanceof STTMuteFrame) this.#mute(frame.mute);
    const passed = super.process(frame, direction, ctx);
    if (frame instanceof VADUserStartedSpeakingFrame) this.#speechStarted(ctx);
    else if (frame instanceof VADUserStoppedSpeakingFrame) this.#speechStopped(frame, ctx);
    return passed;
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.#backlog.take();
    this.#cancelTtfb();
  }

  /**
   * Takes audio in order, one frame at a time, usually of 10 or 20 ms. Further frames wait while the promise is
   * pending. `ctx.signal` aborts only when the pipeline is cancelled: an interruption ends the bot's speech, not the
   * recognition.
   */
  protected abstract runSTT(audio: InputAudioRawFrame, ctx: ProcessContext): void | Promise<void>;

  /** Called when the VAD detects speech. Does nothing by default. */
  protected speechStarted(_ctx: ProcessContext): void {}

  /**
   * Called when the VAD detects the end of speech, `frame.stopDelayMs` after it. Does nothing by default.
   */
  protected speechStopped(_ctx: ProcessContext, _frame: VADUserStoppedSpeakingFrame): void {}

  /**
   * Called when an STTMuteFrame mutes or unmutes the service. While muted, `runSTT` receives no audio. Does nothing by
   * default.
   */
  protected muteChanged(_muted: boolean): void {}

  protected override metadata(): STTMetadataFrame {
    return new STTMetadataFrame(this.name, this.#ttfsP99LatencyMs);
  }

  /** Whether an STTMuteFrame has muted the service. */
  protected get muted(): boolean {
    return this.#muted;
  }

  /** Pushes a final transcript. Blank text is dropped. */
  protected pushTranscript(transcript: STTTranscript): void {
    this.#recordUsage();
    if (transcript.text.trim() === "") return;
    const { finalized = false } = transcript;
    this.push(new TranscriptionFrame({ ...this.#toFields(transcript), finalized }));
  }

  /** Pushes a preliminary transcript; the next one replaces it. Blank text is dropped. */
  protected pushInterimTranscript(transcript: STTTranscript): void {
    if (transcript.text.trim() !== "") this.push(new InterimTranscriptionFrame(this.#toFields(transcript)));
  }

  /**
   * Predicts that the turn is about to end with these words, as some providers do before their final transcript: the
   * model may start to answer. Has no effect unless turns end by an EagerStopStrategy.
   */
  protected pushEagerTranscript(transcript: STTTranscript): void {
    if (transcript.text.trim() !== "") this.push(new EagerTranscriptionFrame(this.#toFields(transcript)));
  }

  /** Withdraws the prediction: the turn continues. */
  protected cancelEagerTranscript(): void {
    this.push(new EagerEndOfTurnCancelFrame());
  }

  #toFields({
    text,
    userId = this.#userId,
    language,
    result,
  }: STTTranscript): ConstructorParameters<typeof InterimTranscriptionFrame>[0] {
    return { text, userId, language, result, timestampMs: this.clock.wallMs() };
  }

  #hear(frame: InputAudioRawFrame, ctx: ProcessContext): void {
    if (frame instanceof UserAudioRawFrame) this.#userId = frame.userId;
    if (this.#muted || !this.accepts(ctx)) return;
    if (this.#busy) {
      const before = this.#backlog.droppedFrames;
      if (this.#backlog.add(frame, MAX_BACKLOG_MS) > 0 && before === 0)
        this.logger.warn(`${this.name} is slower than real time: audio older than ${MAX_BACKLOG_MS} ms is dropped.`);

      return;
    }
    const pending = this.#attempt(frame, ctx);
    if (pending) void this.#catchUp(pending, ctx);
  }

  async #catchUp(pending: Promise<void>, ctx: ProcessContext): Promise<void> {
    this.#busy = true;
    await pending;
    for (let frame = this.#backlog.shift(); frame && !ctx.signal.aborted; frame = this.#backlog.shift())
      await this.#attempt(frame, ctx);
    this.#busy = false;
  }

  /** Passes one frame to the recogniser. Never rejects: the failure of one frame must not stop the next. */
  #attempt(frame: InputAudioRawFrame, ctx: ProcessContext): Promise<void> | undefined {
    this.#heardMs += frame.durationMs;
    const failed = (thrown: unknown): void => {
      // Audio arrives fifty times per second: a failing recogniser is reported once, until it works again.
      if (!this.#failing) ctx.pushError(asError(thrown));
      this.#failing = true;
    };
    const worked = (): void => {
      this.#failing = false;
    };
    try {
      const running = this.runSTT(frame, ctx);
      if (isThenable(running)) return Promise.resolve(running).then(worked, failed);
      worked();
    } catch (thrown) {
      failed(thrown);
    }
    return undefined;
  }

  #mute(muted: boolean): void {
    if (muted === this.#muted) return;
    this.#muted = muted;
    if (muted) this.#backlog.take();
    this.muteChanged(muted);
  }

  #speechStarted(ctx: ProcessContext): void {
    this.#cancelTtfb();
    this.speechStarted(ctx);
  }

  #speechStopped(frame: VADUserStoppedSpeakingFrame, ctx: ProcessContext): void {
    if (!this.#muted) {
      const { clock } = this;
      // The frame has the wall-clock time of the VAD's decision; speech ended `stopDelayMs` before that.
      const sinceMs = clock.wallMs() - (frame.timestampMs ?? clock.wallMs()) + frame.stopDelayMs;
      this.metrics.startTtfb(clock.nowMs() - sinceMs);
      this.#ttfbTimer = clock.setTimeout(() => this.#cancelTtfb(), TTFB_GIVE_UP_MS);
    }
    this.speechStopped(ctx, frame);
  }

  #recordUsage(): void {
    if (this.#ttfbTimer !== undefined) {
      this.clock.clearTimeout(this.#ttfbTimer);
      this.#ttfbTimer = undefined;
      this.metrics.stopTtfb();
    }
    this.metrics.sttUsage(this.#heardMs);
    this.#heardMs = 0;
  }

  #cancelTtfb(): void {
    if (this.#ttfbTimer === undefined) return;
    this.clock.clearTimeout(this.#ttfbTimer);
    this.#ttfbTimer = undefined;
    this.metrics.cancel();
  }
}
