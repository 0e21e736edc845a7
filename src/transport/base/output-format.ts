import type { StreamResampler } from "../../audio/index.ts";
import { mixDown } from "../../audio/mix-down.ts";
import type { OutputAudioRawFrame } from "../../frames/index.ts";

/** How a resampler comes about; `createResampler` of src/audio is one. */
export type PcmResamplerFactory = (fromRate: number, toRate: number, channels: number) => Promise<StreamResampler>;

const EMPTY = new Int16Array(0);

/**
 * Brings the audio of one destination to the sink's rate and to mono, as one continuous stream: resampling chunk by chunk
 * would click at every border. At the end of speech, and when the rate changes, `flush` brings the stream's tail.
 */
export class OutputFormat {
  readonly #sampleRate: number;
  readonly #createResampler: PcmResamplerFactory;
  #resampler: { readonly fromRate: number; readonly instance: StreamResampler } | undefined;
  #closed = false;

  constructor(sampleRate: number, createResampler: PcmResamplerFactory) {
    this.#sampleRate = sampleRate;
    this.#createResampler = createResampler;
  }

  /** Whether `convert` can take audio of this rate (Hz) now; else wait for `prepare`. */
  isReady(fromRate: number): boolean {
    return fromRate === this.#sampleRate || fromRate === this.#resampler?.fromRate;
  }

  /** Gets ready for a rate; what is inside at the old one is lost, so flush first. */
  async prepare(fromRate: number): Promise<void> {
    const instance = await this.#createResampler(fromRate, this.#sampleRate, 1);
    if (this.#closed) {
      instance.close();
      return;
    }
    this.#resampler?.instance.close();
    this.#resampler = { fromRate, instance };
  }

  convert(frame: OutputAudioRawFrame): Int16Array {
    const mono = frame.numChannels === 1 ? frame.audio : mixDown(frame.audio, frame.numChannels);
    return frame.sampleRate === this.#sampleRate || !this.#resampler ? mono : this.#resampler.instance.process(mono);
  }

  flush(): Int16Array {
    const rest = this.#resampler?.instance.flush() ?? EMPTY;
    this.#resampler?.instance.reset();
    return rest;
  }

  reset(): void {
    this.#resampler?.instance.reset();
  }

  close(): void {
    this.#closed = true;
    this.#resampler?.instance.close();
    this.#resampler = undefined;
  }
}
