import type { StreamResampler } from "../../../audio/index.ts";
import { mixDown } from "../../../audio/mix-down.ts";
import type { OutputAudioRawFrame } from "../../../frames/index.ts";

/** Makes a resampler from one rate to another (both in Hz); `createResampler` of this package is one. */
export type PcmResamplerFactory = (fromRate: number, toRate: number, channels: number) => Promise<StreamResampler>;

const EMPTY = new Int16Array(0);

/**
 * Brings the audio of one destination to the sink's rate and to mono, as one continuous stream: resampling each chunk by
 * itself would click at every border. At the end of speech, and when the rate changes, `takeTail` returns what the
 * resampler still holds.
 */
export class OutputFormat {
  readonly #sampleRate: number;
  readonly #createResampler: PcmResamplerFactory;
  #resampler: { readonly fromRate: number; readonly instance: StreamResampler } | undefined;
  #closed = false;

  /** `sampleRate`: of the sink, in Hz. */
  constructor(sampleRate: number, createResampler: PcmResamplerFactory) {
    this.#sampleRate = sampleRate;
    this.#createResampler = createResampler;
  }

  /** Whether `convert` can take audio of this rate (Hz) now; otherwise await `prepare` first. */
  isReady(fromRate: number): boolean {
    return fromRate === this.#sampleRate || fromRate === this.#resampler?.fromRate;
  }

  /** Gets ready for a rate (Hz). What is held at the old rate is lost: take the tail first. */
  async prepare(fromRate: number): Promise<void> {
    const instance = await this.#createResampler(fromRate, this.#sampleRate, 1);
    if (this.#closed) {
      instance.close();
      return;
    }
    this.#resampler?.instance.close();
    this.#resampler = { fromRate, instance };
  }

  /** The frame's audio in mono at the sink's rate, less what the resampler holds back. */
  convert(frame: OutputAudioRawFrame): Int16Array {
    const mono = frame.numChannels === 1 ? frame.audio : mixDown(frame.audio, frame.numChannels);
    return frame.sampleRate === this.#sampleRate || !this.#resampler ? mono : this.#resampler.instance.process(mono);
  }

  /** What the resampler has held back; the next audio starts a new stream. */
  takeTail(): Int16Array {
    const tail = this.#resampler?.instance.flush() ?? EMPTY;
    this.#resampler?.instance.reset();
    return tail;
  }

  /** Forgets what the resampler has held back. */
  reset(): void {
    this.#resampler?.instance.reset();
  }

  /** Closes the resampler, and one that is still being made. */
  close(): void {
    this.#closed = true;
    this.#resampler?.instance.close();
    this.#resampler = undefined;
  }
}
