export { testTone as tone } from "../../src/testing/test-tone.ts";

/** More than this of a frequency, of a tone's 8000, means that it is there. */
export const PRESENT = 4000;
/** Less than this of a frequency means that it is not. */
export const ABSENT = 300;

/** The amplitude of one frequency in PCM, measured by lock-in. Exact when the PCM holds whole periods. */
export function amplitudeOf(hz: number, pcm: Int16Array, sampleRate: number): number {
  let inPhase = 0;
  let quadrature = 0;
  for (const [i, sample] of pcm.entries()) {
    const angle = (2 * Math.PI * hz * i) / sampleRate;
    inPhase += sample * Math.cos(angle);
    quadrature += sample * Math.sin(angle);
  }
  return pcm.length === 0 ? 0 : (2 * Math.hypot(inPhase, quadrature)) / pcm.length;
}

export function measurePeak(pcm: Int16Array): number {
  let peak = 0;
  for (const sample of pcm) peak = Math.max(peak, Math.abs(sample));
  return peak;
}

const WINDOW_MS = 100;

/** Listens to PCM as it comes and tells which frequencies its last 100 ms hold: the periods of all tones of 10 n Hz are whole. */
export class Ear {
  readonly sampleRate: number;
  readonly #window: Int16Array;
  #heardSamples = 0;

  constructor(sampleRate = 48_000) {
    this.sampleRate = sampleRate;
    this.#window = new Int16Array((sampleRate * WINDOW_MS) / 1000);
  }

  /** Samples that came so far. */
  get heardSamples(): number {
    return this.#heardSamples;
  }

  /** Peak of the last 100 ms. */
  get peak(): number {
    return measurePeak(this.#window);
  }

  hear(pcm: Int16Array): void {
    this.#heardSamples += pcm.length;
    const fresh = pcm.subarray(Math.max(0, pcm.length - this.#window.length));
    this.#window.copyWithin(0, fresh.length);
    this.#window.set(fresh, this.#window.length - fresh.length);
  }

  level(hz: number): number {
    return amplitudeOf(hz, this.#window, this.sampleRate);
  }

  hears(hz: number): boolean {
    return this.level(hz) > PRESENT;
  }

  /** Whether `hz` has gone: less than a codec's traces of it. */
  misses(hz: number): boolean {
    return this.level(hz) < ABSENT;
  }
}
