import {
  type Frame,
  type FrameDirection,
  InputAudioRawFrame,
  EagerEndOfTurnCancelFrame,
  EagerTranscriptionFrame,
  InterimTranscriptionFrame,
  type ServiceSettings,
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

/** Audio that may wait for a recogniser that is slower than speech; older audio goes first. */
const MAX_BACKLOG_MS = 10_000;
/** A transcript later than this is not the answer to the speech that was measured. */
const TTFB_GIVE_UP_MS = 2000;
/** What others may expect of a service that says nothing of its latency. */
const DEFAULT_TTFS_P99_MS = 1000;

export interface STTServiceOptions extends FrameProcessorOptions {
  /** Whether the audio goes on down the pipeline. Default true. */
  readonly audioPassthrough?: boolean;
  /** End of speech to final transcript, 99th percentile, in milliseconds; turn strategies wait this long. Default 1000. */
  readonly ttfsP99LatencyMs?: number;
}

export interface Transcript {
  readonly text: string;
  /** Default: whose audio was last heard. */
  readonly userId?: string | undefined;
  /** BCP 47 tag. */
  readonly language?: string | undefined;
  /** The provider's own answer. */
  readonly result?: unknown;
  /** The provider will send nothing more for this stretch of speech. Default false. */
  readonly finalized?: boolean;
}

/**
 * Speech to text. Implement `runSTT`, and give what was understood to `pushTranscript` and `pushInterimTranscript`.
 * Put it behind the VAD, so that segments and measurements know when the user speaks.
 */
export abstract class STTService<S extends object = ServiceSettings> extends AIService<S> {
  readonly #audioPassthrough: boolean;
  readonly #ttfsP99LatencyMs: number;
  readonly #backlog = new AudioBacklog();
  #busy = false;
  #failing = false;
  #muted = false;
  #userId = "";
  /** Audio given to the recogniser since the last transcript. */
  #heardMs = 0;
  #ttfbTimer: TimerHandle;

  constructor(settings: S, options: STTServiceOptions = {}) {
    super(settings, options);
    this.#audioPassthrough = options.audioPassthrough ?? true;
    this.#ttfsP99LatencyMs = options.ttfsP99LatencyMs ?? DEFAULT_TTFS_P99_MS;
  }

  /** Frames of audio that the recogniser was too slow for. */
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
    this.#forgetTtfb();
  }

  /**
   * Takes audio: 10 or 20 ms mostly, in order, one frame at a time; further frames wait while the promise is pending.
   * `ctx` lasts until the pipeline is cancelled: an interruption ends the bot's speech, not the listening.
   */
  protected abstract runSTT(audio: InputAudioRawFrame, ctx: ProcessContext): void | Promise<void>;

  /** The user began to speak, as the VAD says. Default: nothing. */
  protected speechStarted(_ctx: ProcessContext): void {}

  /** The user stopped speaking, as the VAD says. Default: nothing. */
  protected speechStopped(_ctx: ProcessContext): void {}

  /** Listening was switched off or on; while off, `runSTT` gets nothing. Default: nothing. */
  protected muteChanged(_muted: boolean): void {}

  protected override metadata(): STTMetadataFrame {
    return new STTMetadataFrame(this.name, this.#ttfsP99LatencyMs);
  }

  protected get muted(): boolean {
    return this.#muted;
  }

  /** Settled words. Blank ones are left out. */
  protected pushTranscript(transcript: Transcript): void {
    this.#measured();
    if (transcript.text.trim() === "") return;
    const { finalized = false } = transcript;
    this.push(new TranscriptionFrame({ ...this.#fields(transcript), finalized }));
  }

  /** What it sounds like so far; a later one replaces it. */
  protected pushInterimTranscript(transcript: Transcript): void {
    if (transcript.text.trim() !== "") this.push(new InterimTranscriptionFrame(this.#fields(transcript)));
  }

  /**
   * The service thinks that the turn is about to end with these words, as some do ahead of their settled transcript: the
   * model may begin to answer. Costs nothing unless turns end by an EagerStopStrategy.
   */
  protected pushEagerTranscript(transcript: Transcript): void {
    if (transcript.text.trim() !== "") this.push(new EagerTranscriptionFrame(this.#fields(transcript)));
  }

  /** The turn goes on after all. */
  protected cancelEagerTranscript(): void {
    this.push(new EagerEndOfTurnCancelFrame());
  }

  #fields({
    text,
    userId = this.#userId,
    language,
    result,
  }: Transcript): ConstructorParameters<typeof InterimTranscriptionFrame>[0] {
    return { text, userId, language, result, timestampMs: this.clock.wallMs() };
  }

  #hear(frame: InputAudioRawFrame, ctx: ProcessContext): void {
    if (frame instanceof UserAudioRawFrame) this.#userId = frame.userId;
    if (this.#muted || !this.accepts(ctx)) return;
    if (this.#busy) {
      const before = this.#backlog.droppedFrames;
      if (this.#backlog.add(frame, MAX_BACKLOG_MS) > 0 && before === 0)
        this.logger.warn(`${this.name} is slower than speech: audio older than ${MAX_BACKLOG_MS} ms is dropped.`);

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

  /** Never rejects: the failure of one frame of audio must not stop the next. */
  #attempt(frame: InputAudioRawFrame, ctx: ProcessContext): Promise<void> | undefined {
    this.#heardMs += frame.durationMs;
    const failed = (thrown: unknown): void => {
      // Audio comes fifty times a second: a broken recogniser is reported once, until it works again.
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
    this.#forgetTtfb();
    this.speechStarted(ctx);
  }

  #speechStopped(frame: VADUserStoppedSpeakingFrame, ctx: ProcessContext): void {
    if (!this.#muted) {
      const { clock } = this;
      // The VAD says when it decided, on the wall clock; speech had ended before that.
      const sinceMs = clock.wallMs() - (frame.timestampMs ?? clock.wallMs()) + frame.stopDelayMs;
      this.metrics.startTtfb(clock.nowMs() - sinceMs);
      this.#ttfbTimer = clock.setTimeout(() => this.#forgetTtfb(), TTFB_GIVE_UP_MS);
    }
    this.speechStopped(ctx);
  }

  #measured(): void {
    if (this.#ttfbTimer !== undefined) {
      this.clock.clearTimeout(this.#ttfbTimer);
      this.#ttfbTimer = undefined;
      this.metrics.stopTtfb();
    }
    this.metrics.sttUsage(this.#heardMs);
    this.#heardMs = 0;
  }

  #forgetTtfb(): void {
    if (this.#ttfbTimer === undefined) return;
    this.clock.clearTimeout(this.#ttfbTimer);
    this.#ttfbTimer = undefined;
    this.metrics.cancel();
  }
}
