import { countSamples } from "./sound.ts";

export const WORD_MS = 160;
/** Each word is one of these tones, for its utterance, and one of the others, for its place. All have whole periods in 10 ms. */
const UTTERANCE_HZ = [400, 600, 800, 1000, 1200, 1400];
/** Not higher: above about 2.8 kHz Opus turns certain pairs into other pairs. */
const WORD_HZ = [1700, 1900, 2100, 2300, 2500];
/** How many consecutive utterances are distinguishable. */
export const UTTERANCES_APART = UTTERANCE_HZ.length;
/** How many consecutive words are distinguishable. */
export const WORDS_APART = WORD_HZ.length;
/** The length of the longest utterance, in words. */
export const MOST_WORDS = 10;
const AMPLITUDE = 5000;
const AUDIBLE = 1500;

/** Encodes an utterance and a word as a sound: two tones, like a telephone key. `ms` is how long it lasts. */
export function wordSound(utterance: number, word: number, sampleRate: number, ms = WORD_MS): Int16Array {
  const low = UTTERANCE_HZ[utterance % UTTERANCE_HZ.length] ?? 0;
  const high = WORD_HZ[word % WORD_HZ.length] ?? 0;
  const pcm = new Int16Array(countSamples(ms, sampleRate));
  for (let i = 0; i < pcm.length; i++) {
    const angle = (2 * Math.PI * i) / sampleRate;
    pcm[i] = Math.round(AMPLITUDE * (Math.sin(low * angle) + Math.sin(high * angle)));
  }
  return pcm;
}

/** The content of a block of sound: the utterance (modulo {@link UTTERANCES_APART}) and its words. */
export interface ReadBlock {
  /** Undefined when no utterance is dominant. */
  readonly utterance: number | undefined;
  /** All audible words, modulo {@link WORDS_APART}: both, where two words meet. */
  readonly words: readonly number[];
}

interface Waves {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

/** Reads sound in blocks of 10 ms, at any sample rate. */
export class WordReader {
  readonly #waves = new Map<string, Waves>();

  read(samples: Int16Array, sampleRate: number): ReadBlock {
    const level = (hz: number): number => this.#amplitude(hz, samples, sampleRate);
    return {
      utterance: findDominant(UTTERANCE_HZ.map(level)),
      words: WORD_HZ.flatMap((hz, word) => (level(hz) > AUDIBLE ? [word] : [])),
    };
  }

  #amplitude(hz: number, samples: Int16Array, sampleRate: number): number {
    const { cos, sin } = this.#getWaves(hz, sampleRate, samples.length);
    let inPhase = 0;
    let quadrature = 0;
    for (let i = 0; i < samples.length; i++) {
      inPhase += (samples[i] ?? 0) * (cos[i] ?? 0);
      quadrature += (samples[i] ?? 0) * (sin[i] ?? 0);
    }
    return (2 * Math.hypot(inPhase, quadrature)) / samples.length;
  }

  #getWaves(hz: number, sampleRate: number, length: number): Waves {
    const key = `${hz} ${sampleRate} ${length}`;
    let waves = this.#waves.get(key);
    if (!waves) {
      const angles = Float64Array.from({ length }, (_, i) => (2 * Math.PI * hz * i) / sampleRate);
      waves = { cos: angles.map(Math.cos), sin: angles.map(Math.sin) };
      this.#waves.set(key, waves);
    }
    return waves;
  }
}

/** The index of the dominant level; undefined where two utterances meet, or in silence. */
function findDominant(levels: readonly number[]): number | undefined {
  const best = Math.max(...levels);
  const second = Math.max(...levels.filter((level) => level !== best), 0);
  return best > AUDIBLE && best > 2 * second ? levels.indexOf(best) : undefined;
}
