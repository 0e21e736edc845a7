import { testTone } from "../test-tone.ts";

const TONE_HZ = 440;
/** Scripts in which a vendor reports each character as a word. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/** A stretch of a text with its place in the audio. */
export interface TimedText {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** A tone that stands for a spoken text: each character takes the same time. */
export interface SpokenTone {
  /** Signed 16-bit little-endian PCM, mono. */
  readonly bytes: Buffer;
  readonly durationMs: number;
  /** Every character, spaces included. */
  readonly characters: readonly TimedText[];
  /** The words, with their punctuation; in scripts without spaces, the characters. */
  readonly words: readonly TimedText[];
}

/** Returns the sound of a word: mono PCM at `sampleRate` (Hz) of `durationMs`. */
export type WordSound = (word: string, sampleRate: number, durationMs: number) => Int16Array;

/** "Speaks" a text. `sampleRate` in Hz, `msPerCharacter` in milliseconds. With `sound`, spaces are silent. */
export function speakTone(text: string, sampleRate: number, msPerCharacter: number, sound?: WordSound): SpokenTone {
  const characters = Array.from(text).map((character, i) => {
    return { text: character, startMs: i * msPerCharacter, endMs: (i + 1) * msPerCharacter };
  });
  const durationMs = characters.length * msPerCharacter;
  const words = joinWords(characters);
  const pcm = testTone(TONE_HZ, sampleRate, durationMs);
  if (sound) {
    pcm.fill(0);
    for (const { text: word, startMs, endMs } of words)
      pcm.set(sound(word, sampleRate, endMs - startMs), Math.round((sampleRate * startMs) / 1000));
  }
  const bytes = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  return { bytes, durationMs, characters, words };
}

function joinWords(characters: readonly TimedText[]): readonly TimedText[] {
  const words: { text: string; startMs: number; endMs: number }[] = [];
  let open = false;
  for (const { text, startMs, endMs } of characters) {
    const last = words.at(-1);
    if (/\s/u.test(text)) {
      open = false;
    } else if (open && last && !UNSPACED.test(text) && !UNSPACED.test(last.text)) {
      last.text += text;
      last.endMs = endMs;
    } else {
      words.push({ text, startMs, endMs });
      open = true;
    }
  }
  return words;
}

/** Splits audio into pieces of uneven sizes, some of which end in the middle of a sample. */
export function* splitUnevenly(bytes: Buffer, sizeBytes: number): Generator<Buffer> {
  let odd = true;
  for (let at = 0; at < bytes.length;) {
    const size = odd ? sizeBytes + 1 : Math.max(1, sizeBytes - 3);
    yield bytes.subarray(at, at + size);
    at += size;
    odd = !odd;
  }
}
