/** What a person hears of several voices, as one recording. */
export class Mixdown {
  readonly sampleRate: number;
  readonly #pcm: Int16Array;
  #length = 0;
  /** Where each voice's next sound belongs if it continues without a gap. */
  readonly #next = new Map<string, number>();

  constructor(sampleRate: number, seconds: number) {
    this.sampleRate = sampleRate;
    this.#pcm = new Int16Array(sampleRate * seconds);
  }

  /** Adds sound that ended at `atMs`. What arrives a little early or late continues without a gap. */
  add(voice: string, pcm: Int16Array, atMs: number): void {
    const measured = Math.round((atMs * this.sampleRate) / 1000) - pcm.length;
    const expected = this.#next.get(voice);
    const tolerated = this.sampleRate / 10;
    const from = expected !== undefined && Math.abs(expected - measured) < tolerated ? expected : Math.max(0, measured);
    for (const [i, sample] of pcm.entries()) {
      const sum = (this.#pcm[from + i] ?? 0) + sample;
      this.#pcm[from + i] = Math.max(-32_768, Math.min(32_767, sum));
    }
    this.#next.set(voice, from + pcm.length);
    this.#length = Math.min(this.#pcm.length, Math.max(this.#length, from + pcm.length));
  }

  pcm(): Int16Array {
    return this.#pcm.slice(0, this.#length);
  }
}
