import type { OutputAudioRawFrame } from "../../../frames/index.ts";

/** Longer than any word, with the pause before it. */
const KEPT_MS = 5000;
/** Words of a few seconds. */
const MAX_WORDS = 100;

/** A chunk of speech with its position, in samples. */
export interface PlacedChunk {
  readonly frame: OutputAudioRawFrame;
  readonly from: number;
}

/**
 * The last seconds of speech that the pal has said, and where its words began, so that speech can be taken up again from a
 * border between words when the pal fails.
 */
export class SpokenPart {
  readonly #sampleRate: number;
  #chunks: PlacedChunk[] = [];
  #words: number[] = [];

  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
  }

  /** A chunk was heard to its end. */
  heard(chunk: PlacedChunk): void {
    this.#chunks.push(chunk);
    const oldest = chunk.from - (KEPT_MS * this.#sampleRate) / 1000;
    while (this.#chunks.length > 0 && (this.#chunks[0]?.from ?? oldest) < oldest) this.#chunks.shift();
  }

  /** The word that began at this position was heard. */
  wordBegan(position: number): void {
    this.#words.push(position);
    if (this.#words.length > MAX_WORDS) this.#words.shift();
  }

  /**
   * Where to take up speech of which so much was heard: at the last word that had begun by then or, without any word that is
   * remembered, at the beginning of the chunk.
   */
  resumeAt(heard: number): number {
    const kept = this.#chunks[0]?.from ?? heard;
    const word = this.#words.findLast((position) => position <= heard);
    if (word !== undefined && word >= kept) return word;
    const chunk = this.#chunks.findLast(({ from }) => from <= heard);
    return chunk && heard < chunk.from + chunk.frame.audio.length ? chunk.from : heard;
  }

  /** The chunks that end after this position. */
  after(position: number): readonly PlacedChunk[] {
    return this.#chunks.filter(({ from, frame }) => from + frame.audio.length > position);
  }

  /** Another utterance begins: what is before it is not said again. */
  clear(): void {
    this.#chunks = [];
    this.#words = [];
  }
}
