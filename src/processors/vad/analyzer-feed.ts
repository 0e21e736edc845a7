import { createResampler, type StreamResampler } from "../../audio/index.ts";
import { mixDown } from "../../audio/mix-down.ts";
import type { InputAudioRawFrame } from "../../frames/index.ts";
import type { VADAnalyzer } from "./vad-analyzer.ts";

/** Makes of audio frames of any size, rate and number of channels the blocks that an analyzer takes. */
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

  /** Of the blocks, in Hz. */
  get sampleRate(): number {
    return this.#sampleRate;
  }

  get blockMs(): number {
    return (this.#block.length / this.#sampleRate) * 1000;
  }

  /** Whether audio of this rate can be fed now; else {@link tune} to it first. */
  isTunedTo(inputRate: number): boolean {
    return this.#inputRate === inputRate;
  }

  /** Makes ready for audio of this rate, in Hz. What is left of the old stream is forgotten. */
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

  /** The blocks that this frame completes. Take each before the next: they share their memory. */
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

  /** Forgets the audio that is not a whole block yet. */
  reset(): void {
    this.#filled = 0;
    this.#resampler?.reset();
  }

  /** Idempotent. */
  close(): void {
    this.#resampler?.close();
    this.#resampler = undefined;
    this.#inputRate = 0;
  }
}
