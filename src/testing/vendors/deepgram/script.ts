/** What a {@link FakeDeepgram} understands of one utterance. */
export interface FakeDeepgramUtterance {
  /**
   * The words. Several parts: `/v1/listen` settles them one after the other while the user speaks; Flux hears one more
   * with every stretch of speech of a turn.
   */
  readonly text: string | readonly string[];
  /** Detected language, such as "fr". Default: none is reported. */
  readonly language?: string;
  /** Number of the speaker, for `diarize`. Default 0. */
  readonly speaker?: number;
}

/** What the user says, in order: a list, or a function of the utterance's number, from 0. */
export type FakeDeepgramScript =
  readonly (string | FakeDeepgramUtterance)[] | ((index: number) => string | FakeDeepgramUtterance | undefined);

/** An utterance that the user is saying. */
export interface Utterance {
  readonly parts: readonly string[];
  readonly language: string | undefined;
  readonly speaker: number;
}

/** Hands out the utterances of a script, over all connections of a fake. */
export class ScriptReader {
  readonly #script: FakeDeepgramScript;
  #index = 0;

  constructor(script: FakeDeepgramScript) {
    this.#script = script;
  }

  /** The next utterance; undefined when the script is over: what is heard then has no words. */
  next(): Utterance | undefined {
    const at = this.#index;
    this.#index++;
    const entry = typeof this.#script === "function" ? this.#script(at) : this.#script[at];
    if (entry === undefined) return undefined;
    const { text, language, speaker = 0 } = typeof entry === "string" ? { text: entry } : entry;
    return { parts: typeof text === "string" ? [text] : text, language, speaker };
  }
}

/** A word with its place in the audio, in seconds. */
export interface PlacedWord {
  readonly text: string;
  readonly startS: number;
  readonly endS: number;
}

/** Spreads the words of a text evenly over a stretch of audio. */
export function placeWords(text: string, fromMs: number, untilMs: number): PlacedWord[] {
  const words = text.split(/\s+/).filter((word) => word !== "");
  const stepMs = Math.max(0, untilMs - fromMs) / Math.max(1, words.length);
  return words.map((word, at) => ({
    text: word,
    startS: toSeconds(fromMs + at * stepMs),
    endS: toSeconds(fromMs + (at + 1) * stepMs),
  }));
}

/** The first words of a text, as many as fit into a duration at a speaker's usual speed; at least one. */
export function firstWords(text: string, durationMs: number): string {
  return text
    .split(/\s+/)
    .slice(0, Math.max(1, Math.floor(durationMs / WORD_MS)))
    .join(" ");
}

/** How long a text takes at a speaker's usual speed. */
export function estimateMs(text: string): number {
  return text.split(/\s+/).length * WORD_MS;
}

const WORD_MS = 250;

export function toSeconds(ms: number): number {
  return Math.round(ms) / 1000;
}

/** A word without punctuation, in lower case. */
export function toPlainWord(word: string): string {
  return word.toLowerCase().replaceAll(/[^\p{L}\p{N}'’-]/gu, "");
}
