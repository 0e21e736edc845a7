import {
  EndFrame,
  type Frame,
  type FrameDirection,
  type InputAudioRawFrame,
  type ServiceSettings,
  UserAudioRawFrame,
} from "../frames/index.ts";
import type { ProcessContext } from "../pipeline/index.ts";
import { asError, TavusTransportError } from "../util/errors.ts";
import { AbortScope } from "./abort-scope.ts";
import { AudioBacklog } from "./speech/audio-backlog.ts";
import { STTService, type STTServiceOptions, type Transcript } from "./stt-service.ts";
import { within } from "./work-bounds.ts";

/** A VAD notices speech late; what was heard this long before belongs to it. */
const PRE_SPEECH_MS = 1000;
const DEFAULT_MAX_SEGMENT_MS = 60_000;
const DEFAULT_TIMEOUT_MS = 10_000;
/** Segments that may wait for the recogniser; a person does not speak faster than this for long. */
const MAX_WAITING_SEGMENTS = 8;

/** One stretch of speech, from a little before the VAD noticed it until it stopped. */
export interface SpeechSegment {
  /** Interleaved PCM; `encodeWav` makes a file of it. */
  readonly audio: Int16Array;
  /** Hz. */
  readonly sampleRate: number;
  readonly numChannels: number;
  /** Empty where the audio does not say whose it is. */
  readonly userId: string;
}

export interface SegmentedSTTServiceOptions extends STTServiceOptions {
  /** The last this much of a longer stretch is kept. Default 60 000. */
  readonly maxSegmentMs?: number;
  /** How long a transcription may take. Default 10 000. */
  readonly timeoutMs?: number;
}

/** The recogniser is so slow that speech could not wait for it any longer. */
export class SegmentDroppedError extends TavusTransportError {
  readonly code = "segmentDropped";

  constructor(service: string) {
    super(`${service} has ${MAX_WAITING_SEGMENTS} stretches of speech waiting already; one was dropped.`);
  }
}

/** Speech to text for providers that take whole stretches of speech: collects each, and transcribes them in order. */
export abstract class SegmentedSTTService<S extends object = ServiceSettings> extends STTService<S> {
  readonly #maxSegmentMs: number;
  readonly #timeoutMs: number;
  readonly #audio = new AudioBacklog();
  #speaking = false;
  #truncated = false;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(settings: S, options: SegmentedSTTServiceOptions = {}) {
    super(settings, options);
    this.#maxSegmentMs = options.maxSegmentMs ?? DEFAULT_MAX_SEGMENT_MS;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    if (frame instanceof EndFrame) return this.#end(frame, direction, ctx);
    return super.process(frame, direction, ctx);
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.#audio.take();
  }

  /** What was said; undefined or blank for nothing. `signal` aborts when the time is up or the pipeline is cancelled. */
  protected abstract transcribe(segment: SpeechSegment, signal: AbortSignal): Promise<Transcript | undefined>;

  protected override runSTT(audio: InputAudioRawFrame): void {
    const dropped = this.#audio.add(audio, this.#speaking ? this.#maxSegmentMs : PRE_SPEECH_MS);
    if (this.#speaking && dropped > 0 && !this.#truncated) {
      this.#truncated = true;
      this.logger.warn(`${this.name} keeps the last ${this.#maxSegmentMs} ms of a longer stretch of speech.`);
    }
  }

  protected override speechStarted(): void {
    this.#speaking = true;
  }

  protected override speechStopped(ctx: ProcessContext): void {
    if (!this.#speaking) return;
    this.#speaking = false;
    const segment = joined(this.#audio.take());
    if (!segment || this.muted || !this.accepts(ctx)) return;
    if (this.#waiting >= MAX_WAITING_SEGMENTS) {
      ctx.pushError(new SegmentDroppedError(this.name));
      return;
    }
    this.#waiting++;
    this.#last = this.#last.then(() => this.#transcribe(segment, ctx));
  }

  protected override muteChanged(muted: boolean): void {
    if (muted) this.#audio.take();
  }

  /** What was said before the end is still understood; the wait is bounded by the time of each transcription. */
  async #end(frame: EndFrame, direction: FrameDirection, ctx: ProcessContext): Promise<void> {
    await this.#last;
    await super.process(frame, direction, ctx);
  }

  async #transcribe(segment: SpeechSegment, ctx: ProcessContext): Promise<void> {
    using scope = new AbortScope(ctx.signal);
    const { signal } = scope;
    try {
      if (signal.aborted) return;
      const bounds = { clock: this.clock, signal, timeoutMs: this.#timeoutMs, what: `${this.name}'s transcription` };
      const transcript = await within(this.transcribe(segment, signal), bounds);
      if (transcript) this.pushTranscript({ userId: segment.userId, finalized: true, ...transcript });
    } catch (thrown) {
      ctx.pushError(asError(thrown));
      scope.abort(asError(thrown));
    } finally {
      this.#waiting--;
    }
  }
}

function joined(frames: readonly InputAudioRawFrame[]): SpeechSegment | undefined {
  const last = frames.at(-1);
  if (!last) return undefined;
  // A capture that changed its format in between begins anew.
  const { sampleRate, numChannels } = last;
  const alike = frames.filter((frame) => frame.sampleRate === sampleRate && frame.numChannels === numChannels);
  const audio = new Int16Array(alike.reduce((length, frame) => length + frame.audio.length, 0));
  let at = 0;
  for (const frame of alike) {
    audio.set(frame.audio, at);
    at += frame.audio.length;
  }
  return { audio, sampleRate, numChannels, userId: last instanceof UserAudioRawFrame ? last.userId : "" };
}
