import { measureRms } from "../../audio/levels.ts";

/** Speech this loud (RMS of 16-bit samples, -44 dB) is heard as such; pauses between words are far below. */
const LOUD_RMS = 200;
/** Words that start within the audio that is kept, which is most of a minute; nobody speaks faster. */
const MAX_WORD_STARTS = 1000;

/** What a {@link RecentAudio} needs. */
export interface RecentAudioOptions {
  /** In Hz. */
  readonly sampleRate: number;
  /** Channels of the PCM, interleaved. */
  readonly channels: number;
  /** How much of what was played is kept, in milliseconds. */
  readonly keepMs: number;
}

/** A piece of audio with its position. */
export interface AudioPiece {
  /** Interleaved signed 16-bit PCM; a view that must not be changed. */
  readonly pcm: Int16Array;
  /** One past the position of its last sample. */
  readonly to: number;
}

interface Chunk extends AudioPiece {
  readonly from: number;
}

/** From a word's start to a stop inside it at most, in milliseconds: beyond that the word start is not that word's. */
const LONGEST_WORD_MS = 2500;
/** So much silence before a stop says that the word before it was over, in milliseconds. */
const PAUSE_MS = 200;
/** A word that was heard but for so much was understood: the rest is said, and not the word, in milliseconds. */
const WORD_TAIL_MS = 40;
const PIECE_MS = 10;

/**
 * The audio of a voice that may have to be said again: what was written and not played, and a little of what was. It knows
 * where words start and utterances end, so that a repetition does not begin within a word. All positions count samples per
 * channel. Its owner bounds what is written; what was played is bounded here.
 */
export class RecentAudio {
  readonly #options: RecentAudioOptions;
  #chunks: Chunk[] = [];
  #wordStarts: number[] = [];
  #utteranceEnds: number[] = [];
  #end = 0;

  constructor(options: RecentAudioOptions) {
    this.#options = options;
  }

  /** One past the position of the last sample. */
  get end(): number {
    return this.#end;
  }

  /** How much is kept, in samples per channel. */
  get length(): number {
    return this.#end - (this.#chunks[0]?.from ?? this.#end);
  }

  /** Adds PCM at the end. */
  add(pcm: Int16Array): void {
    const from = this.#end;
    this.#end += pcm.length / this.#options.channels;
    if (pcm.length > 0) this.#chunks.push({ from, pcm, to: this.#end });
  }

  /** A word starts at this position. In any order. */
  markWord(position: number): void {
    const at = this.#wordStarts.findLastIndex((other) => other <= position);
    if (this.#wordStarts[at] !== position) this.#wordStarts.splice(at + 1, 0, position);
    if (this.#wordStarts.length > MAX_WORD_STARTS) this.#wordStarts.shift();
  }

  /** The utterance ends here. */
  markUtteranceEnd(): void {
    if (this.#utteranceEnds.at(-1) !== this.#end) this.#utteranceEnds.push(this.#end);
  }

  /** The audio from a position up to the end of its chunk; undefined where there is none. */
  pieceAt(position: number): AudioPiece | undefined {
    const chunk = this.#chunkAt(position);
    if (!chunk) return undefined;
    const pcm = chunk.pcm.subarray((position - chunk.from) * this.#options.channels);
    return { pcm, to: chunk.to };
  }

  /** The first end of an utterance behind a position. */
  nextUtteranceEnd(position: number): number | undefined {
    return this.#utteranceEnds.find((end) => end > position);
  }

  /**
   * Where to begin so that nothing is lost when the last sample heard is right before `heard`: the start of the word that
   * was cut, or else of its chunk. The position itself where no word was cut: between two, and in the tail of one.
   */
  repeatFrom(heard: number): number {
    if (heard >= this.#end) return this.#end;
    const oldest = this.#chunks[0]?.from ?? this.#end;
    if (heard <= oldest) return oldest;
    const utteranceStart = this.#utteranceEnds.findLast((end) => end <= heard) ?? oldest;
    if (utteranceStart === heard || this.#isPauseBefore(heard, utteranceStart)) return heard;
    const longest = this.#toSamples(LONGEST_WORD_MS);
    const wordStart = this.#wordStarts.findLast((start) => start <= heard);
    if (wordStart !== undefined && wordStart >= Math.max(oldest, utteranceStart, heard - longest))
      return this.#isWordOver(heard) ? heard : wordStart;
    return Math.max(utteranceStart, this.#chunkAt(heard)?.from ?? heard);
  }

  /** Whether there is speech, not only silence, between two positions. */
  isLoud(from: number, to: number): boolean {
    const { channels } = this.#options;
    for (let index = this.#indexEndingAfter(from); index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index];
      if (!chunk || chunk.from >= to) return false;
      const first = Math.max(from, chunk.from);
      const pcm = chunk.pcm.subarray((first - chunk.from) * channels, (Math.min(to, chunk.to) - chunk.from) * channels);
      if (pcm.length > 0 && measureRms(pcm) >= LOUD_RMS) return true;
    }
    return false;
  }

  /** Forgets what was played long ago. `played` is the position played. */
  trim(played: number): void {
    const from = played - this.#toSamples(this.#options.keepMs);
    const keep = this.#indexEndingAfter(from);
    if (keep === 0) return;
    this.#chunks.splice(0, keep);
    const oldest = this.#chunks[0]?.from ?? this.#end;
    this.#wordStarts = this.#wordStarts.filter((start) => start >= oldest);
    this.#utteranceEnds = this.#utteranceEnds.filter((end) => end >= oldest);
  }

  /** Forgets everything: an interruption. What is added next is at `position`. */
  clear(position: number): void {
    this.#chunks = [];
    this.#wordStarts = [];
    this.#utteranceEnds = [];
    this.#end = position;
  }

  #chunkAt(position: number): Chunk | undefined {
    const chunk = this.#chunks[this.#indexEndingAfter(position)];
    return chunk && chunk.from <= position ? chunk : undefined;
  }

  /** The index of the first chunk that ends after a position: there may be a thousand, each asked for many times. */
  #indexEndingAfter(position: number): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#chunks[middle]?.to ?? Infinity) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Whether hardly anything is left of the word at `heard`. */
  #isWordOver(heard: number): boolean {
    const next = this.#wordStarts.find((start) => start > heard) ?? this.nextUtteranceEnd(heard);
    if (next === undefined) return false;
    const piece = this.#toSamples(PIECE_MS);
    let leftMs = 0;
    for (let from = heard; from < next && leftMs <= WORD_TAIL_MS; from += piece)
      if (this.isLoud(from, Math.min(next, from + piece))) leftMs += PIECE_MS;
    return leftMs <= WORD_TAIL_MS;
  }

  #isPauseBefore(position: number, utteranceStart: number): boolean {
    const from = position - this.#toSamples(PAUSE_MS);
    return from >= utteranceStart && !this.isLoud(from, position);
  }

  #toSamples(durationMs: number): number {
    return Math.round((durationMs * this.#options.sampleRate) / 1000);
  }
}
