import { InvalidOptionError } from "../util/errors.ts";

/**
 * Resamples one stream of interleaved 16-bit PCM, block by block, without clicks between blocks. Equal rates pass
 * through. Use one resampler per stream: it remembers the end of the last block.
 */
export interface StreamResampler {
  /** Returns the samples that are ready. The first blocks give slightly less; {@link flush} returns the rest. */
  process(pcm: Int16Array): Int16Array;
  /** Returns the tail that is still in the filter, for the end of an utterance, and starts a new stream. */
  flush(): Int16Array;
  /** Drops the tail and starts a new stream. */
  reset(): void;
  /** Frees the resampler's memory. Idempotent; `process` returns no samples after it. */
  close(): void;
}

/** The functions of SpeexDSP's resampler, compiled to WebAssembly, that are used here. Pointers are byte offsets. */
interface Speex {
  readonly HEAP16: Int16Array;
  readonly HEAPU32: Uint32Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  _speex_resampler_init(channels: number, from: number, to: number, quality: number, error: number): number;
  _speex_resampler_process_interleaved_int(
    state: number,
    input: number,
    inLength: number,
    output: number,
    outLength: number,
  ): number;
  _speex_resampler_get_input_latency(state: number): number;
  _speex_resampler_skip_zeros(state: number): number;
  _speex_resampler_reset_mem(state: number): number;
  _speex_resampler_destroy(state: number): void;
}

/** Quality of Speex, 0 to 10. For speech, 5 keeps the noise below what 16 bits resolve; see bench/results. */
const QUALITY = 5;
const EMPTY = new Int16Array(0);

let speex: Promise<Speex> | undefined;

async function loadSpeex(): Promise<Speex> {
  const { default: instantiate } = await import("@echogarden/speex-resampler-wasm/simd");
  return (await instantiate()) as Speex;
}

const passThrough: StreamResampler = {
  process: (pcm) => pcm,
  flush: () => EMPTY,
  reset: () => undefined,
  close: () => undefined,
};

/**
 * * Creates a resampler from one rate (Hz) to another, for interleaved PCM of 1 to 8 channels.
 *
 * @throws InvalidOptionError for a rate outside 1000 to 384000 Hz or an invalid number of channels.
 */
export async function createResampler(fromRate: number, toRate: number, channels = 1): Promise<StreamResampler> {
  for (const [field, rate] of Object.entries({ fromRate, toRate })) {
    if (!Number.isInteger(rate) || rate < 1000 || rate > 384_000)
      throw new InvalidOptionError(field, `must be a rate between 1000 and 384000 Hz; got ${rate}.`);
  }
  if (!Number.isInteger(channels) || channels < 1 || channels > 8)
    throw new InvalidOptionError("channels", `must be 1 to 8; got ${channels}.`);
  if (fromRate === toRate) return passThrough;
  speex ??= loadSpeex();
  return new SpeexResampler(await speex, fromRate, toRate, channels);
}

class SpeexResampler implements StreamResampler {
  readonly #speex: Speex;
  readonly #ratio: number;
  readonly #channels: number;
  readonly #lengths: number;
  #state: number;
  #input = 0;
  #output = 0;
  #capacity = 0;

  constructor(module: Speex, fromRate: number, toRate: number, channels: number) {
    this.#speex = module;
    this.#ratio = toRate / fromRate;
    this.#channels = channels;
    this.#lengths = module._malloc(8);
    this.#state = module._speex_resampler_init(channels, fromRate, toRate, QUALITY, this.#lengths);
    // Without the filter's leading zeros: the first sample out belongs to the first sample in.
    module._speex_resampler_skip_zeros(this.#state);
  }

  process(pcm: Int16Array): Int16Array {
    const frames = pcm.length / this.#channels;
    if (this.#state === 0 || frames === 0) return EMPTY;
    const most = Math.ceil(frames * this.#ratio) + 16;
    this.#reserve(Math.max(frames, most));
    const { HEAP16, HEAPU32 } = this.#speex;
    HEAP16.set(pcm, this.#input >> 1);
    const lengthAt = this.#lengths >> 2;
    HEAPU32[lengthAt] = frames;
    HEAPU32[lengthAt + 1] = most;
    this.#speex._speex_resampler_process_interleaved_int(
      this.#state,
      this.#input,
      this.#lengths,
      this.#output,
      this.#lengths + 4,
    );
    const written = (HEAPU32[lengthAt + 1] ?? 0) * this.#channels;
    return HEAP16.slice(this.#output >> 1, (this.#output >> 1) + written);
  }

  flush(): Int16Array {
    if (this.#state === 0) return EMPTY;
    const latency = this.#speex._speex_resampler_get_input_latency(this.#state);
    const tail = this.process(new Int16Array(latency * this.#channels));
    this.reset();
    return tail;
  }

  reset(): void {
    if (this.#state === 0) return;
    this.#speex._speex_resampler_reset_mem(this.#state);
    this.#speex._speex_resampler_skip_zeros(this.#state);
  }

  close(): void {
    if (this.#state === 0) return;
    this.#speex._speex_resampler_destroy(this.#state);
    for (const pointer of [this.#lengths, this.#input, this.#output]) this.#speex._free(pointer);
    this.#state = 0;
  }

  #reserve(frames: number): void {
    if (frames <= this.#capacity) return;
    this.#speex._free(this.#input);
    this.#speex._free(this.#output);
    const bytes = frames * this.#channels * 2;
    this.#input = this.#speex._malloc(bytes);
    this.#output = this.#speex._malloc(bytes);
    this.#capacity = frames;
  }
}
