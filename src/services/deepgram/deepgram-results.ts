import type { DeepgramMessage } from "./deepgram-socket.ts";

/** A word that Deepgram has recognised. */
export interface DeepgramWord {
  /** The word, with punctuation and capitals if they were asked for. */
  readonly text: string;
  /** When it began, in seconds of the audio sent since the service was started, across reconnections. */
  readonly startSeconds: number;
  /** When it ended, in seconds of that audio. */
  readonly endSeconds: number;
  /** From 0 to 1. */
  readonly confidence: number;
  /** Number of the speaker, with `diarize`. */
  readonly speaker: number | undefined;
  /** Its language, if Deepgram reports one. */
  readonly language: string | undefined;
}

/** What a transcript of a Deepgram service has in `result`. */
export interface DeepgramTranscription {
  /** Words in order. Flux may report none. */
  readonly words: readonly DeepgramWord[];
  /** Deepgram's own messages, in order. Times in them count from the start of their connection. */
  readonly messages: readonly unknown[];
}

/** A `Results` message, as far as it is understood. */
export interface DeepgramResults {
  readonly message: DeepgramMessage;
  readonly text: string;
  readonly words: readonly DeepgramWord[];
  readonly language: string | undefined;
  readonly isFinal: boolean;
  readonly speechFinal: boolean;
  readonly fromFinalize: boolean;
  /** End of the audio that it covers, in seconds from the start of its connection. */
  readonly untilSeconds: number;
}

/** Reads a `Results` message. Undefined for one without a transcript. */
export function readResults(message: DeepgramMessage, offsetSeconds: number): DeepgramResults | undefined {
  const { channel, start, duration } = message;
  const alternative = first((channel as { readonly alternatives?: unknown } | undefined)?.alternatives);
  if (typeof alternative?.transcript !== "string") return undefined;
  return {
    message,
    text: alternative.transcript.trim(),
    words: readWords(alternative.words, offsetSeconds),
    language: readLanguage(alternative),
    isFinal: message.is_final === true,
    speechFinal: message.speech_final === true,
    fromFinalize: message.from_finalize === true,
    untilSeconds: toNumber(start) + toNumber(duration),
  };
}

/** Reads the words of a result or of a turn. A word without times has those of the stream's start. */
export function readWords(words: unknown, offsetSeconds: number): DeepgramWord[] {
  if (!Array.isArray(words)) return [];
  return (words as Readonly<Record<string, unknown>>[]).map((word) => ({
    text: toText(word.punctuated_word) ?? toText(word.word) ?? "",
    startSeconds: offsetSeconds + toNumber(word.start),
    endSeconds: offsetSeconds + toNumber(word.end),
    confidence: toNumber(word.confidence),
    speaker: typeof word.speaker === "number" ? word.speaker : undefined,
    language: toText(word.language),
  }));
}

/** The language that most words are in. */
export function readLanguage({ languages }: Readonly<Record<string, unknown>>): string | undefined {
  return Array.isArray(languages) ? toText(languages[0]) : undefined;
}

function first(list: unknown): Readonly<Record<string, unknown>> | undefined {
  return Array.isArray(list) ? (list[0] as Readonly<Record<string, unknown>> | undefined) : undefined;
}

function toText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function toNumber(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
