import type { DeepgramQuery } from "./deepgram-socket.ts";

/** The time from the end of speech to the final transcript that Pipecat measured for Deepgram, 99th percentile. */
export const TTFS_P99_MS = 350;

/**
 * Settings of a `DeepgramSTTService`: the parameters of `/v1/listen`, under the names of this library. A setting that is
 * undefined is left to Deepgram.
 */
export interface DeepgramSTTSettings {
  /** Name of the model. Default "nova-3-general". */
  readonly model: string;
  /** Language as a BCP 47 tag, or "multi" for code switching. Default "en". */
  readonly language: string | undefined;
  /** Whether preliminary transcripts are pushed. Default true. */
  readonly interimResults: boolean;
  /**
   * How much silence ends a stretch of speech for Deepgram, in milliseconds; false: never. Without a VAD in the pipeline
   * this decides when a transcript is final: set 300 to 500 then. Default: Deepgram's, which is 10.
   */
  readonly endpointing: number | false | undefined;
  /** Ends a stretch of speech after a gap between words, in milliseconds, 1000 or more: for noisy places. */
  readonly utteranceEndMs: number | undefined;
  /** Formats dates, numbers and the like for reading. */
  readonly smartFormat: boolean | undefined;
  /** Adds punctuation and capitals. Default true. */
  readonly punctuate: boolean | undefined;
  /** Writes numbers as digits. */
  readonly numerals: boolean | undefined;
  /** Masks profanity. */
  readonly profanityFilter: boolean | undefined;
  /** Keeps "uh" and "um". */
  readonly fillerWords: boolean | undefined;
  /** Writes spoken punctuation as marks. */
  readonly dictation: boolean | undefined;
  /** Numbers the speakers; see `DeepgramWord.speaker`. */
  readonly diarize: boolean | undefined;
  /** Terms that are more likely, for nova-3 models. */
  readonly keyterms: readonly string[];
  /** Terms that are more likely, for models before nova-3; with a weight: "pear:2". */
  readonly keywords: readonly string[];
  /** What is blacked out, such as "pci" or "numbers". */
  readonly redact: readonly string[];
  /** Replaces words: "monika:Monica". */
  readonly replace: readonly string[];
  /** Labels for Deepgram's usage reports. */
  readonly tags: readonly string[];
  /** Keeps the audio out of Deepgram's training, at another price. */
  readonly mipOptOut: boolean | undefined;
  /** Any other parameter, by Deepgram's own name. It wins over the settings above. */
  readonly extra: DeepgramQuery;
}

/** Settings where nothing is given. */
export const DEFAULT_STT_SETTINGS: DeepgramSTTSettings = {
  model: "nova-3-general",
  language: "en",
  interimResults: true,
  endpointing: undefined,
  utteranceEndMs: undefined,
  smartFormat: undefined,
  punctuate: true,
  numerals: undefined,
  profanityFilter: undefined,
  fillerWords: undefined,
  dictation: undefined,
  diarize: undefined,
  keyterms: [],
  keywords: [],
  redact: [],
  replace: [],
  tags: [],
  mipOptOut: undefined,
  extra: {},
};

/** The query of `/v1/listen` for raw mono audio of a rate in Hz. */
export function toListenQuery(settings: DeepgramSTTSettings, sampleRate: number): DeepgramQuery {
  return {
    model: settings.model,
    language: settings.language,
    encoding: "linear16",
    sample_rate: sampleRate,
    channels: 1,
    interim_results: settings.interimResults,
    endpointing: settings.endpointing,
    utterance_end_ms: settings.utteranceEndMs,
    smart_format: settings.smartFormat,
    punctuate: settings.punctuate,
    numerals: settings.numerals,
    profanity_filter: settings.profanityFilter,
    filler_words: settings.fillerWords,
    dictation: settings.dictation,
    diarize: settings.diarize,
    keyterm: settings.keyterms,
    keywords: settings.keywords,
    redact: settings.redact,
    replace: settings.replace,
    tag: settings.tags,
    mip_opt_out: settings.mipOptOut,
    ...settings.extra,
  };
}

/** Takes the settings out of options; what is not given has its default. */
export function pickSettings<S extends object>(defaults: S, options: Partial<S>): S {
  const picked = { ...defaults };
  for (const key of Object.keys(defaults) as (keyof S)[]) {
    const given = options[key];
    if (given !== undefined) picked[key] = given;
  }
  return picked;
}
