import { createResampler, type StreamResampler } from "../../audio/index.ts";
import { mixDown } from "../../audio/mix-down.ts";
import type { InputAudioRawFrame } from "../../frames/index.ts";
import type { VADAnalyzer } from "./vad-analyzer.ts";

/** Converts audio frames of any size, rate and number of channels to the blocks that an analyzer takes. */
export class AnalyzerFeed {
  readonly #analyzer: VADAnalyzer;
  #inputRate = 0;
  #sampleRate = 0;
  #resampler: StreamResampler | undefined;
  #block = new Int16Array(0);
  #filled = 0;

  constructor(analyzer: VADAnalyzer) {
    this.#analyzer = analyzer;
  }

  /** Sample rate of the blocks in Hz. */
  get sampleRate(): number {
    return this.#sampleRate;
  }

  get blockMs(): number {
    return (this.#block.length / this.#sampleRate) * 1000;
  }

  /** Whether audio of this rate can be fed now. If not, {@link tune} first. */
  isTunedTo(inputRate: number): boolean {
    return this.#inputRate === inputRate;
  }

  /** Prepares for audio of this rate (Hz). The rest of the old stream is dropped. */
  async tune(inputRate: number): Promise<void> {
    const { sampleRates } = this.#analyzer;
    const sampleRate = sampleRates.includes(inputRate) ? inputRate : (sampleRates[0] ?? inputRate);
    const resampler = await createResampler(inputRate, sampleRate);
    this.#resampler?.close();
    this.#resampler = resampler;
    this.#inputRate = inputRate;
    this.#sampleRate = sampleRate;
    this.#block = new Int16Array(this.#analyzer.frameSamples(sampleRate));
    this.#filled = 0;
  }

  /** Yields the blocks that this frame completes. Process each before the next: they share memory. */
  *blocks(frame: InputAudioRawFrame): Generator<Int16Array, void, undefined> {
    const mono = mixDown(frame.audio, frame.numChannels);
    const pcm = this.#resampler?.process(mono) ?? mono;
    const size = this.#block.length;
    for (let at = 0; at < pcm.length;) {
      if (this.#filled === 0 && pcm.length - at >= size) {
        yield pcm.subarray(at, at + size);
        at += size;
        continue;
      }
      const part = pcm.subarray(at, at + size - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === size) {
        this.#filled = 0;
        yield this.#block;
      }
    }
  }

  /** Drops audio that is not a complete block yet. */
  reset(): void {
    this.#filled = 0;
    this.#resampler?.reset();
  }

  /** Frees the resampler. Idempotent. */
  close(): void {
    this.#resampler?.close();
    this.#resampler = undefined;
    this.#inputRate = 0;
  }
}
