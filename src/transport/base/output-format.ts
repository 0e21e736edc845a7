import type { StreamResampler } from "../../audio/index.ts";
import type { OutputAudioRawFrame } from "../../frames/index.ts";

/** How a resampler comes about; `createResampler` of src/audio is one. */
export type PcmResamplerFactory = (fromRate: number, toRate: number, channels: number) => Promise<StreamResampler>;

/**
 * Brings the audio of one destination to the sink's rate and to mono, as one continuous stream: resampling chunk by chunk
 * would click at every border.
 */
export class OutputFormat {
  readonly #sampleRate: number;
  readonly #createResampler: PcmResamplerFactory;
  #resampler: { readonly fromRate: number; readonly instance: StreamResampler } | undefined;

  constructor(sampleRate: number, createResampler: PcmResamplerFactory) {
    this.#sampleRate = sampleRate;
    this.#createResampler = createResampler;
  }

  /** Whether `convert` can take the frame now; else wait for `prepare`. */
  isReady(frame: OutputAudioRawFrame): boolean {
    return frame.sampleRate === this.#sampleRate || frame.sampleRate === this.#resampler?.fromRate;
  }

  /** Gets ready for the frame's rate; returns what was still inside at the old one. */
  async prepare(frame: OutputAudioRawFrame): Promise<Int16Array> {
    const fromRate = frame.sampleRate;
    const instance = await this.#createResampler(fromRate, this.#sampleRate, 1);
    const rest = this.flush();
    this.#resampler?.instance.close();
    this.#resampler = { fromRate, instance };
    return rest;
  }

  convert(frame: OutputAudioRawFrame): Int16Array {
    const mono = frame.numChannels === 1 ? frame.audio : mixDown(frame.audio, frame.numChannels);
    return frame.sampleRate === this.#sampleRate || !this.#resampler ? mono : this.#resampler.instance.process(mono);
  }

  flush(): Int16Array {
    const rest = this.#resampler?.instance.flush() ?? new Int16Array(0);
    this.#resampler?.instance.reset();
    return rest;
  }

  reset(): void {
    this.#resampler?.instance.reset();
  }

  close(): void {
    this.#resampler?.instance.close();
    this.#resampler = undefined;
  }
}

function mixDown(interleaved: Int16Array, channels: number): Int16Array {
  const mono = new Int16Array(Math.floor(interleaved.length / channels));
  for (let at = 0; at < mono.length; at++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += interleaved[at * channels + channel] ?? 0;
    mono[at] = sum / channels;
  }
  return mono;
}
