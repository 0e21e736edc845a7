import type { DeepgramQuery } from "./deepgram-socket.ts";

/**
 * Settings of a `DeepgramFluxSTTService`: the parameters of `/v2/listen`, under the names of this library. A setting that
 * is undefined is left to Deepgram.
 */
export interface DeepgramFluxSettings {
  /** Name of the model: "flux-general-en" or "flux-general-multi". Default "flux-general-en". */
  readonly model: string;
  /** How sure Flux must be that a turn is over, from 0.5 to 1. Deepgram's default is 0.7. */
  readonly eotThreshold: number | undefined;
  /**
   * How sure Flux must be to predict that a turn is about to end, from 0.3 to 0.9, and no more than `eotThreshold`. Without
   * it there are no predictions, and no early answers. Each costs a request to the model. Default undefined.
   */
  readonly eagerEotThreshold: number | undefined;
  /** Ends a turn after this much silence in any case, in milliseconds, 500 to 60 000. Deepgram's default is 5000. */
  readonly eotTimeoutMs: number | undefined;
  /** Terms that are more likely. */
  readonly keyterms: readonly string[];
  /** Languages that are more likely, for flux-general-multi. */
  readonly languageHints: readonly string[];
  /** Writes numbers as digits. */
  readonly numerals: boolean | undefined;
  /** Masks profanity. */
  readonly profanityFilter: boolean | undefined;
  /** What is blacked out, such as "numbers". */
  readonly redact: readonly string[];
  /** Labels for Deepgram's usage reports. */
  readonly tags: readonly string[];
  /** Keeps the audio out of Deepgram's training, at another price. */
  readonly mipOptOut: boolean | undefined;
  /** Any other parameter, by Deepgram's own name. It wins over the settings above. */
  readonly extra: DeepgramQuery;
}

/** Settings where nothing is given. */
export const DEFAULT_FLUX_SETTINGS: DeepgramFluxSettings = {
  model: "flux-general-en",
  eotThreshold: undefined,
  eagerEotThreshold: undefined,
  eotTimeoutMs: undefined,
  keyterms: [],
  languageHints: [],
  numerals: undefined,
  profanityFilter: undefined,
  redact: [],
  tags: [],
  mipOptOut: undefined,
  extra: {},
};

/** Flux never ends a turn by itself with these: the owner of the turns does. The longest silence is a backstop. */
const OWN_TURNS = { eot_threshold: 1, eager_eot_threshold: undefined };
const LONGEST_SILENCE_MS = 60_000;

/** The query of `/v2/listen` for raw mono audio of a rate in Hz. */
export function toFluxQuery(settings: DeepgramFluxSettings, sampleRate: number, ownTurns: boolean): DeepgramQuery {
  return {
    model: settings.model,
    encoding: "linear16",
    sample_rate: sampleRate,
    eot_threshold: settings.eotThreshold,
    eager_eot_threshold: settings.eagerEotThreshold,
    eot_timeout_ms: settings.eotTimeoutMs ?? (ownTurns ? LONGEST_SILENCE_MS : undefined),
    keyterm: settings.keyterms,
    language_hint: settings.languageHints,
    numerals: settings.numerals,
    profanity_filter: settings.profanityFilter,
    redact: settings.redact,
    tag: settings.tags,
    mip_opt_out: settings.mipOptOut,
    ...(ownTurns && OWN_TURNS),
    ...settings.extra,
  };
}

/** Settings that Flux takes without a new connection. */
const CONFIGURABLE: ReadonlySet<keyof DeepgramFluxSettings> = new Set([
  "eotThreshold",
  "eagerEotThreshold",
  "eotTimeoutMs",
  "keyterms",
  "languageHints",
  "numerals",
  "profanityFilter",
] as const);

/**
 * The `Configure` message that brings changed settings into effect; undefined if they need a new connection, such as those
 * that go back to Deepgram's default.
 */
export function toConfigure(
  settings: DeepgramFluxSettings,
  changed: Iterable<keyof DeepgramFluxSettings>,
): object | undefined {
  const keys = new Set(changed);
  for (const key of keys) if (!CONFIGURABLE.has(key) || settings[key] === undefined) return undefined;
  const { eotThreshold, eagerEotThreshold, eotTimeoutMs } = settings;
  const thresholds = {
    ...(keys.has("eotThreshold") && { eot_threshold: eotThreshold }),
    ...(keys.has("eagerEotThreshold") && { eager_eot_threshold: eagerEotThreshold }),
    ...(keys.has("eotTimeoutMs") && { eot_timeout_ms: eotTimeoutMs }),
  };
  return {
    type: "Configure",
    ...(Object.keys(thresholds).length > 0 && { thresholds }),
    ...(keys.has("keyterms") && { keyterms: settings.keyterms }),
    ...(keys.has("languageHints") && { language_hints: settings.languageHints }),
    ...(keys.has("numerals") && { numerals: settings.numerals }),
    ...(keys.has("profanityFilter") && { profanity_filter: settings.profanityFilter }),
  };
}
