import type { TTSChunk } from "../tts-service.ts";

/** A consumer that lets this much audio wait has stopped. */
const MAX_WAITING_MS = 120_000;

/**
 * Passes the speech of one text from a connection to `runTTS`. It is bounded by the duration of the audio that waits: a
 * vendor sends faster than speech is played, but no faster than a pipeline takes it.
 */
export class ChunkQueue {
  readonly #sampleRate: number;
  readonly #chunks: TTSChunk[] = [];
  #waitingSamples = 0;
  #end: { readonly error: Error | undefined } | undefined;
  #wake: (() => void) | undefined;

  /** `sampleRate` of the audio in Hz. */
  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
  }

  /** Whether it has ended, although chunks may still wait. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Adds a chunk. Returns false, and adds nothing, when too much audio waits. */
  push(chunk: TTSChunk): boolean {
    if (this.#end) return true;
    if (chunk.type === "audio") {
      if ((this.#waitingSamples / this.#sampleRate) * 1000 > MAX_WAITING_MS) return false;
      this.#waitingSamples += chunk.pcm.length;
    }
    this.#chunks.push(chunk);
    this.#wake?.();
    return true;
  }

  /** Ends the queue behind what waits, with an error if there is one. Only the first call counts. */
  end(error?: Error): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  /** Ends the queue at once: nothing that waits is taken any more. */
  abort(error: Error): void {
    this.#chunks.length = 0;
    this.#end = { error };
    this.#wake?.();
  }

  /** Takes the next chunk. Returns undefined at the end, and rejects with the error that ended it. */
  async next(): Promise<TTSChunk | undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk?.type === "audio") this.#waitingSamples -= chunk.pcm.length;
      if (chunk) return chunk;
      if (this.#end?.error) throw this.#end.error;
      if (this.#end) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
