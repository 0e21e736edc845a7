import { TTSAudioRawFrame, type OutputAudioRawFrame } from "../../../frames/index.ts";
import { PcmPartial } from "../../../audio/pcm-partial.ts";
import { chunkLike } from "./entries.ts";
import { OutputFormat, type PcmResamplerFactory } from "./output-format.ts";

/** What an {@link AudioChunker} needs. */
export interface AudioChunkerOptions {
  /** Set on every chunk; undefined is the transport's default destination. */
  readonly destination: string | undefined;
  /** Rate of the chunks, in Hz. */
  readonly sampleRate: number;
  /** Samples in a chunk. */
  readonly chunkSamples: number;
  readonly createResampler: PcmResamplerFactory;
  /** Takes a complete chunk. `offsetMs` is where it begins in the audio of its context. */
  readonly onChunk: (chunk: OutputAudioRawFrame, offsetMs: number) => void;
}

/** The audio between the first frame of an utterance and its end. The last frame gives the rest its class. */
type Stream = { readonly kind: "idle" } | { readonly kind: "open"; last: OutputAudioRawFrame };

const IDLE: Stream = { kind: "idle" };

/** Turns audio of any rate, length and number of channels into mono chunks of one size, as one continuous stream. */
export class AudioChunker {
  readonly #options: AudioChunkerOptions;
  readonly #format: OutputFormat;
  readonly #partial: PcmPartial;
  #stream: Stream = IDLE;
  /** How much audio of the current context was split. Outlives the stream: a context may span several. */
  #context: { readonly id: string | undefined; splitMs: number } = { id: undefined, splitMs: 0 };

  constructor(options: AudioChunkerOptions) {
    this.#options = options;
    this.#format = new OutputFormat(options.sampleRate, options.createResampler);
    this.#partial = new PcmPartial(options.chunkSamples);
  }

  /** The TTS context of the open stream; undefined when there is none. */
  get contextId(): string | undefined {
    return this.#stream.kind === "open" ? toContextId(this.#stream.last) : undefined;
  }

  /** Audio of the incomplete chunk, in milliseconds. */
  get partialMs(): number {
    return (this.#partial.length * 1000) / this.#options.sampleRate;
  }

  /** Whether {@link add} can take audio of this rate (Hz) now; otherwise await {@link prepare} first. */
  isReady(sampleRate: number): boolean {
    return this.#format.isReady(sampleRate);
  }

  /** Gets ready for audio of another rate (Hz). What the old resampler still holds is split first. */
  async prepare(sampleRate: number): Promise<void> {
    this.#splitTail();
    await this.#format.prepare(sampleRate);
  }

  /** Adds audio to the stream, and opens one where there is none. */
  add(frame: OutputAudioRawFrame): void {
    if (this.#stream.kind === "idle") this.#stream = { kind: "open", last: frame };
    else if (this.#stream.last.sampleRate !== frame.sampleRate) this.#splitTail();
    this.#stream.last = frame;
    this.#split(this.#format.convert(frame), frame);
  }

  /** Ends the stream: what is left of it is padded with silence to a whole chunk. */
  end(): void {
    if (this.#stream.kind === "idle") return;
    this.#splitTail();
    const rest = this.#partial.takePadded();
    if (rest) this.#emit(rest, this.#stream.last);
    this.#stream = IDLE;
  }

  /** Drops what is left of the stream, in an interruption. */
  flush(): void {
    this.#partial.clear();
    this.#format.reset();
    this.#stream = IDLE;
  }

  /** Releases the resampler. */
  close(): void {
    this.#format.close();
  }

  /** What the resampler still holds belongs before whatever comes next. */
  #splitTail(): void {
    if (this.#stream.kind === "open") this.#split(this.#format.takeTail(), this.#stream.last);
  }

  #split(pcm: Int16Array, like: OutputAudioRawFrame): void {
    this.#partial.add(pcm, (chunk) => this.#emit(chunk, like));
  }

  #emit(pcm: Int16Array, like: OutputAudioRawFrame): void {
    const { destination, sampleRate, onChunk } = this.#options;
    const chunk = chunkLike(like, pcm, sampleRate);
    chunk.transportDestination = destination;
    const contextId = toContextId(like);
    if (this.#context.id !== contextId) this.#context = { id: contextId, splitMs: 0 };
    const offsetMs = this.#context.splitMs;
    this.#context.splitMs += chunk.durationMs;
    onChunk(chunk, offsetMs);
  }
}

function toContextId(frame: OutputAudioRawFrame): string | undefined {
  return frame instanceof TTSAudioRawFrame ? frame.contextId : undefined;
}
