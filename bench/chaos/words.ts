import { samplesOf } from "../lib/sound.ts";

export const WORD_MS = 160;
/** One of these names the utterance, one of the others the word in it; all have whole periods in 10 ms and in a word. */
const UTTERANCE_HZ = [400, 600, 800, 1000, 1200, 1400];
/** Not higher: from some 2.8 kHz on Opus plays certain pairs as other ones. */
const WORD_HZ = [1700, 1900, 2100, 2300, 2500];
/** So many utterances in a row can be told from each other. */
export const UTTERANCES_APART = UTTERANCE_HZ.length;
/** So many words in a row can be told from each other. */
export const WORDS_APART = WORD_HZ.length;
/** The longest utterance. */
export const MOST_WORDS = 10;
const AMPLITUDE = 5000;
const AUDIBLE = 1500;

/** A word as a sound that names itself: two tones, as a telephone's keys have. */
export function wordSound(utterance: number, word: number, sampleRate: number): Int16Array {
  const low = UTTERANCE_HZ[utterance % UTTERANCE_HZ.length] ?? 0;
  const high = WORD_HZ[word % WORD_HZ.length] ?? 0;
  const pcm = new Int16Array(samplesOf(WORD_MS, sampleRate));
  for (let i = 0; i < pcm.length; i++) {
    const angle = (2 * Math.PI * i) / sampleRate;
    pcm[i] = Math.round(AMPLITUDE * (Math.sin(low * angle) + Math.sin(high * angle)));
  }
  return pcm;
}

/** What a block of sound holds: which utterance (modulo {@link UTTERANCES_APART}) and which word of it. */
export interface ReadBlock {
  /** Undefined: none that stands out. */
  readonly utterance: number | undefined;
  /** All that can be heard, modulo {@link WORDS_APART}: where two words meet, both. */
  readonly words: readonly number[];
}

interface Waves {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

/** Reads sound in blocks of 10 ms, at whatever rate they come. */
export class WordReader {
  readonly #waves = new Map<string, Waves>();

  read(samples: Int16Array, sampleRate: number): ReadBlock {
    const level = (hz: number): number => this.#amplitude(hz, samples, sampleRate);
    return {
      utterance: theOneThatStandsOut(UTTERANCE_HZ.map(level)),
      words: WORD_HZ.flatMap((hz, word) => (level(hz) > AUDIBLE ? [word] : [])),
    };
  }

  #amplitude(hz: number, samples: Int16Array, sampleRate: number): number {
    const { cos, sin } = this.#wavesOf(hz, sampleRate, samples.length);
    let inPhase = 0;
    let quadrature = 0;
    for (let i = 0; i < samples.length; i++) {
      inPhase += (samples[i] ?? 0) * (cos[i] ?? 0);
      quadrature += (samples[i] ?? 0) * (sin[i] ?? 0);
    }
    return (2 * Math.hypot(inPhase, quadrature)) / samples.length;
  }

  #wavesOf(hz: number, sampleRate: number, length: number): Waves {
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

/** Undefined where two utterances meet, or in silence. */
function theOneThatStandsOut(levels: readonly number[]): number | undefined {
  const best = Math.max(...levels);
  const second = Math.max(...levels.filter((level) => level !== best), 0);
  return best > AUDIBLE && best > 2 * second ? levels.indexOf(best) : undefined;
}
