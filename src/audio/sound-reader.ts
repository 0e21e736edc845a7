import { PcmQueue } from "./pcm-queue.ts";
import type { StreamResampler } from "./resampler.ts";
import type { WavAudio } from "./wav.ts";

/** Reads a sound at the resampler's rate, block by block, so that even a long sound costs little per block. */
export class SoundReader {
  readonly #sound: WavAudio;
  readonly #resampler: StreamResampler;
  readonly #ready = new PcmQueue();
  #at = 0;

  /** The reader owns the resampler and closes it. */
  constructor(sound: WavAudio, resampler: StreamResampler) {
    this.#sound = sound;
    this.#resampler = resampler;
  }

  /** Whether the whole sound has been read. */
  get over(): boolean {
    return this.#at >= this.#sound.pcm.length && this.#ready.length === 0;
  }

  /** Fills `target`. At the end of the sound, `loop` starts over without a click; otherwise silence follows. */
  read(target: Int16Array, loop: boolean): void {
    const { pcm } = this.#sound;
    while (this.#ready.length < target.length) {
      if (this.#at >= pcm.length) {
        if (!loop || pcm.length === 0) break;
        this.#at = 0;
      }
      const to = Math.min(pcm.length, this.#at + target.length);
      this.#ready.push(this.#resampler.process(pcm.subarray(this.#at, to)));
      this.#at = to;
      if (to === pcm.length && !loop) this.#ready.push(this.#resampler.flush());
    }
    this.#ready.read(target);
  }

  rewind(): void {
    this.#at = 0;
    this.#ready.clear();
    this.#resampler.reset();
  }

  close(): void {
    this.#resampler.close();
  }
}
