import {
  EndFrame,
  type Frame,
  type FrameDirection,
  type InputAudioRawFrame,
  UserAudioRawFrame,
} from "../frames/index.ts";
import type { ProcessContext } from "../pipeline/index.ts";
import { asError, TavusTransportError } from "../util/errors.ts";
import { AbortScope } from "./abort-scope.ts";
import { AudioBacklog } from "./speech/audio-backlog.ts";
import { STTService, type STTServiceOptions, type STTTranscript } from "./stt-service.ts";
import { within } from "./work-bounds.ts";

/** A VAD detects speech late; audio from this long before belongs to the speech. */
const PRE_SPEECH_MS = 1000;
const DEFAULT_MAX_SEGMENT_MS = 60_000;
const DEFAULT_TIMEOUT_MS = 10_000;
/** Segments that may wait for the recogniser; nobody speaks faster than this for long. */
const MAX_WAITING_SEGMENTS = 8;

/** One stretch of speech, from 1 s before the VAD detected it until it stopped. */
export interface SpeechSegment {
  /** Interleaved signed 16-bit PCM; `encodeWav` converts it to a file. */
  readonly audio: Int16Array;
  /** Sample rate in Hz. */
  readonly sampleRate: number;
  /** Number of channels. */
  readonly numChannels: number;
  /** Session id of the participant who spoke; empty if the audio does not name one. */
  readonly userId: string;
}

/** Options of a {@link SegmentedSTTService}. */
export interface SegmentedSTTServiceOptions extends STTServiceOptions {
  /** Maximum length of a segment in milliseconds; of longer speech the end is kept. Default 60 000. */
  readonly maxSegmentMs?: number;
  /** How long a transcription may take, in milliseconds. Default 10 000. */
  readonly timeoutMs?: number;
}

/** Reported when a segment was dropped because the recogniser is too slow. */
export class SegmentDroppedError extends TavusTransportError {
  /** Machine-readable code of the error. */
  readonly code = "segmentDropped";

  constructor(service: string) {
    const problem = `${service} already has ${MAX_WAITING_SEGMENTS} segments of speech waiting; one was dropped.`;
    super(`${problem} Use a faster recogniser or a lower timeoutMs.`);
  }
}

/**
 * Base class of speech-to-text services for providers that take whole segments of speech. Implement `transcribe`; this
 * class collects the segments and transcribes them in order.
 */
export abstract class SegmentedSTTService<S extends object = object> extends STTService<S> {
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

  /**
   * Transcribes a segment. Return undefined or blank text if nothing was said. `signal` aborts on the timeout and when
   * the pipeline is cancelled.
   */
  protected abstract transcribe(segment: SpeechSegment, signal: AbortSignal): Promise<STTTranscript | undefined>;

  protected override runSTT(audio: InputAudioRawFrame): void {
    const dropped = this.#audio.add(audio, this.#speaking ? this.#maxSegmentMs : PRE_SPEECH_MS);
    if (this.#speaking && dropped > 0 && !this.#truncated) {
      this.#truncated = true;
      this.logger.warn(`${this.name} keeps only the last ${this.#maxSegmentMs} ms of a longer segment of speech.`);
    }
  }

  protected override speechStarted(): void {
    this.#speaking = true;
  }

  protected override speechStopped(ctx: ProcessContext): void {
    if (!this.#speaking) return;
    this.#speaking = false;
    const segment = joinSegment(this.#audio.take());
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

  /** Transcribes what was said before the end. The timeout of each transcription bounds the wait. */
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

function joinSegment(frames: readonly InputAudioRawFrame[]): SpeechSegment | undefined {
  const last = frames.at(-1);
  if (!last) return undefined;
  // After a change of format, only the audio in the new format is used.
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
