import { PcmQueue } from "./pcm-queue.ts";
import type { StreamResampler } from "./resampler.ts";
import type { WavAudio } from "./wav.ts";

/** Plays a sound at the resampler's rate, block by block: even a long one costs next to nothing at a time. */
export class SoundReader {
  readonly #sound: WavAudio;
  readonly #resampler: StreamResampler;
  readonly #ready = new PcmQueue();
  #at = 0;

  /** The resampler becomes the reader's own. */
  constructor(sound: WavAudio, resampler: StreamResampler) {
    this.#sound = sound;
    this.#resampler = resampler;
  }

  /** Whether all of it has been read. */
  get over(): boolean {
    return this.#at >= this.#sound.pcm.length && this.#ready.length === 0;
  }

  /** Fills `target`; with `loop` it begins anew at the end, without a click in the resampler, else silence follows. */
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
