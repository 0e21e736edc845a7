import { countSamples } from "./sound.ts";
import { UTTERANCES_APART, WordReader, WORDS_APART, wordSound } from "./words.ts";

/** How many words of a sentence are distinguishable, each by a pair of tones of its own. */
const MOST_SENTENCE_WORDS = UTTERANCES_APART * WORDS_APART;
export const SENTENCE_WORD_MS = 240;
/** Silence behind each word, as between the words of a slow speaker. */
export const SENTENCE_GAP_MS = 60;
const BLOCK_MS = 10;
/** Blocks of a word that the codec or the network damaged, in succession, without ending it. */
const DAMAGED_BLOCKS = 3;

/** The sound of a sentence's word, with the silence behind it. */
export function sentenceWord(index: number, sampleRate: number): Int16Array {
  if (index >= MOST_SENTENCE_WORDS) throw new Error(`A sentence has at most ${MOST_SENTENCE_WORDS} words.`);
  const tone = wordSound(Math.floor(index / WORDS_APART), index % WORDS_APART, sampleRate, SENTENCE_WORD_MS);
  const pcm = new Int16Array(tone.length + countSamples(SENTENCE_GAP_MS, sampleRate));
  pcm.set(tone);
  return pcm;
}

/** The numbers of the words in a text, each of which is written as "w" and its number. */
export function wordsOf(text: string): number[] {
  return [...text.matchAll(/w(\d+)/g)].map(([, word]) => Number(word));
}

/** The sound of a text's word, of any duration; silence for words that have no number. */
export function sentenceSound(text: string, sampleRate: number, durationMs: number): Int16Array {
  const [index] = wordsOf(text);
  if (index === undefined) return new Int16Array(countSamples(durationMs, sampleRate));
  return wordSound(
    Math.floor(index / WORDS_APART),
    index % WORDS_APART,
    sampleRate,
    Math.min(durationMs, SENTENCE_WORD_MS),
  );
}

/** A word, or a part of one, as it arrived in one piece. */
export interface HeardWord {
  readonly word: number;
  /** The voice it came from. */
  readonly by: string;
  readonly startMs: number;
  endMs: number;
  /** How much of the word was heard. */
  heardMs: number;
}

/** Reads the words of a sentence out of one voice's sound. */
export class SentenceListener {
  readonly heard: HeardWord[] = [];
  readonly #by: string;
  readonly #reader = new WordReader();
  #rest = new Int16Array();
  #open: HeardWord | undefined;
  #damaged = 0;

  constructor(by: string) {
    this.#by = by;
  }

  /** Takes sound of any length that ends at `atMs`. Returns the words that began in it. */
  hear(pcm: Int16Array, sampleRate: number, atMs: number): readonly HeardWord[] {
    const size = countSamples(BLOCK_MS, sampleRate);
    const all = new Int16Array(this.#rest.length + pcm.length);
    all.set(this.#rest);
    all.set(pcm, this.#rest.length);
    const began: HeardWord[] = [];
    let at = 0;
    for (; at + size <= all.length; at += size) {
      const endMs = atMs - ((all.length - at - size) / sampleRate) * 1000;
      const word = this.#block(all.subarray(at, at + size), sampleRate, endMs);
      if (word) began.push(word);
    }
    this.#rest = all.slice(at);
    return began;
  }

  #block(pcm: Int16Array, sampleRate: number, endMs: number): HeardWord | undefined {
    const { utterance, words } = this.#reader.read(pcm, sampleRate);
    const [inUtterance, more] = words;
    if (utterance === undefined || inUtterance === undefined || more !== undefined) {
      this.#damaged++;
      if (this.#damaged > DAMAGED_BLOCKS) this.#open = undefined;
      return undefined;
    }
    const word = utterance * WORDS_APART + inUtterance;
    this.#damaged = 0;
    if (this.#open?.word === word) {
      this.#open.endMs = endMs;
      this.#open.heardMs += BLOCK_MS;
      return undefined;
    }
    this.#open = { word, by: this.#by, startMs: endMs - BLOCK_MS, endMs, heardMs: BLOCK_MS };
    this.heard.push(this.#open);
    return this.#open;
  }
}

/** What became of a sentence. */
export interface SentenceVerdict {
  /** Words that were not heard, or less than half of them in one piece. */
  readonly lost: readonly number[];
  /** Words that were heard to their end more than once. */
  readonly doubled: readonly number[];
  /** Words that were heard in part before they were heard whole: those that a change of voice cut. */
  readonly cut: readonly number[];
  /** Whether the words that were heard whole came in their order. */
  readonly inOrder: boolean;
  /** How long two voices spoke at once. */
  readonly overlapMs: number;
}

const HEARD_MS = SENTENCE_WORD_MS / 2;
const WHOLE_MS = SENTENCE_WORD_MS * 0.9;
/** Of a sound this short nobody can tell a word; it is where a tone begins or ends. */
const NOISE_MS = 30;

/** Judges what was heard of a sentence of `words` words, from all voices. */
export function judgeSentence(words: number, heard: readonly HeardWord[]): SentenceVerdict {
  const sorted = heard.filter(({ heardMs }) => heardMs > NOISE_MS).sort((a, b) => a.startMs - b.startMs);
  const all = Array.from({ length: words }, (_, word) => word);
  const times = (word: number, ms: number): number =>
    sorted.filter((one) => one.word === word && one.heardMs >= ms).length;
  const understood = sorted.filter(({ heardMs }) => heardMs >= WHOLE_MS).map(({ word }) => word);
  let overlapMs = 0;
  for (const [index, one] of sorted.entries()) {
    for (const other of sorted.slice(index + 1))
      if (other.by !== one.by) overlapMs += Math.max(0, Math.min(one.endMs, other.endMs) - other.startMs);
  }

  return {
    lost: all.filter((word) => times(word, HEARD_MS) === 0),
    doubled: all.filter((word) => times(word, WHOLE_MS) > 1),
    cut: all.filter((word) => times(word, 0) > 1 && times(word, WHOLE_MS) <= 1),
    inOrder: understood.every((word, index) => index === 0 || word >= (understood[index - 1] ?? 0)),
    overlapMs: Math.round(overlapMs),
  };
}
