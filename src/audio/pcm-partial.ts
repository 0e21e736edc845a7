/** Splits a stream of PCM into chunks of one size, and keeps the incomplete chunk at its end. */
export class PcmPartial {
  readonly #chunkLength: number;
  #buffer: Int16Array;
  #length = 0;

  /** `chunkLength`: values in a chunk. */
  constructor(chunkLength: number) {
    this.#chunkLength = chunkLength;
    this.#buffer = new Int16Array(chunkLength);
  }

  /** Values in the incomplete chunk. */
  get length(): number {
    return this.#length;
  }

  /** Adds PCM and calls back with every chunk it completes. Chunks are views of `pcm` where nothing had to be joined. */
  add(pcm: Int16Array, onChunk: (chunk: Int16Array) => void): void {
    let at = 0;
    while (at < pcm.length) {
      if (this.#length === 0 && pcm.length - at >= this.#chunkLength) {
        onChunk(pcm.subarray(at, at + this.#chunkLength));
        at += this.#chunkLength;
        continue;
      }
      const part = pcm.subarray(at, at + this.#chunkLength - this.#length);
      this.#buffer.set(part, this.#length);
      this.#length += part.length;
      at += part.length;
      if (this.#length === this.#chunkLength) onChunk(this.#take());
    }
  }

  /** Takes the rest, padded with silence to a whole chunk; undefined when there is none. */
  takePadded(): Int16Array | undefined {
    return this.#length === 0 ? undefined : this.#take();
  }

  /** Takes the rest as it is; undefined when there is none. */
  takeRest(): Int16Array | undefined {
    const length = this.#length;
    return this.takePadded()?.subarray(0, length);
  }

  /** Forgets the rest. */
  clear(): void {
    this.#length = 0;
  }

  #take(): Int16Array {
    const chunk = this.#buffer.fill(0, this.#length);
    // The receiver keeps the chunk, so the next one needs a buffer of its own.
    this.#buffer = new Int16Array(this.#chunkLength);
    this.#length = 0;
    return chunk;
  }
}
