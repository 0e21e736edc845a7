import { OutputAudioRawFrame } from "../../../frames/index.ts";
import { asError } from "../../../util/errors.ts";
import type { AudioSink } from "../../playout/audio-sink.ts";
import { SinkWriteError } from "../../playout/sink-errors.ts";
import type { BackgroundSound } from "./background-sound.ts";
import type { AudioEntry } from "./entries.ts";
import type { SpeechHold } from "./speech-hold.ts";

const DEFAULT_LEAD_MS = 200;
/** Lead of speech with background sound under it: what the mixer is told takes effect only behind what is written. */
const MIXED_LEAD_MS = 1300;
/** Lead of background sound alone: speech has to wait until it has played, and less would leave gaps at busy moments. */
const BACKGROUND_LEAD_MS = 120;

/** What a {@link SinkWriter} needs. */
export interface SinkWriterOptions {
  /** Set on the frames of background sound; undefined is the transport's default destination. */
  readonly destination: string | undefined;
  readonly sink: AudioSink;
  readonly background: BackgroundSound | undefined;
  /** Holds chunks back, but not background sound. */
  readonly hold: SpeechHold;
  /** Samples in a chunk of background sound. */
  readonly chunkSamples: number;
  readonly onError: (error: Error) => void;
}

/** Writes to one sink, and never further ahead of the playing than the sink prefers. */
export class SinkWriter {
  readonly #options: SinkWriterOptions;
  #refusedChunks = 0;

  constructor(options: SinkWriterOptions) {
    this.#options = options;
  }

  /** Chunks that the sink did not take, and that are lost. */
  get refusedChunks(): number {
    return this.#refusedChunks;
  }

  /**
   * Writes a chunk, with background sound under it. False when it has to wait: speech is held, enough is written, or the
   * sink is full. A full sink with nothing in it (`hasWritten`) will not have room later either: then the chunk is lost.
   */
  writeChunk(entry: AudioEntry, hasWritten: boolean): boolean {
    const { sink, background, hold } = this.#options;
    if (hold.active || this.#isAhead(this.#leadMs)) return false;
    entry.mixed ??= background?.mixUnder(entry.frame.audio);
    const refusal = this.#write(entry.mixed ?? entry.frame.audio);
    if (refusal && (sink.closed || hasWritten)) return false;
    if (refusal) this.#chunkLost(refusal);
    return true;
  }

  /** Writes a chunk of background sound alone, to keep a little of it ahead. Undefined when none is due. */
  writeBackground(): OutputAudioRawFrame | undefined {
    const { background, chunkSamples, sink, destination } = this.#options;
    if (!background?.active || this.#isAhead(Math.min(this.#leadMs, BACKGROUND_LEAD_MS))) return undefined;
    const audio = background.next(chunkSamples);
    if (!audio || this.#write(audio)) return undefined;
    const frame = new OutputAudioRawFrame({ audio, sampleRate: sink.sampleRate });
    frame.transportDestination = destination;
    return frame;
  }

  /** Writes silence, so that the sink counts what leaves there, rather than the time here. Returns whether it was taken. */
  writeSilence(durationMs: number): boolean {
    const { sampleRate, channels } = this.#options.sink;
    return !this.#write(new Int16Array(Math.round((durationMs * sampleRate) / 1000) * channels));
  }

  /** A sink may change it while it plays. */
  get #leadMs(): number {
    const { sink, background } = this.#options;
    return Math.min(sink.preferredLeadMs ?? DEFAULT_LEAD_MS, background ? MIXED_LEAD_MS : Infinity);
  }

  #isAhead(leadMs: number): boolean {
    const { writtenSamples, playedSamples, sampleRate } = this.#options.sink;
    return writtenSamples - playedSamples >= (leadMs * sampleRate) / 1000;
  }

  /** Undefined when the sink has taken it, otherwise the reason. */
  #write(pcm: Int16Array): { readonly cause: unknown } | undefined {
    try {
      return this.#options.sink.write(pcm) ? undefined : { cause: undefined };
    } catch (thrown) {
      return { cause: asError(thrown) };
    }
  }

  #chunkLost({ cause }: { readonly cause: unknown }): void {
    this.#refusedChunks++;
    const { destination, onError } = this.#options;
    if (this.#refusedChunks === 1) onError(new SinkWriteError("audio", destination, cause));
  }
}
