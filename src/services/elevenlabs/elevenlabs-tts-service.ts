import type { ProcessorSetup } from "../../pipeline/index.ts";
import { resolveServiceKey } from "../../util/service-key.ts";
import { checkServiceUrl } from "../../util/service-url.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import { ContextSpeech } from "../speech/context-speech.ts";
import { checkSampleRate, checkSpeaksSentences } from "../speech/speech-options.ts";
import type { SpeechProtocol } from "../speech/speech-protocol.ts";
import { type TTSChunk, TTSService, type TTSServiceOptions } from "../tts-service.ts";
import { ELEVENLABS, ElevenLabsContext, readElevenLabsError } from "./elevenlabs-context.ts";

const DEFAULT_URL = "wss://api.elevenlabs.io";
/** The voice of the vendor's quickstart. */
const DEFAULT_VOICE = "JBFqnCBsd6RMkjVDRZzb";
const SAMPLE_RATES: readonly number[] = [8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
/** The longest time that the vendor keeps an idle connection, in seconds. */
const INACTIVITY_TIMEOUT_S = 180;
const KEEP_ALIVE_MS = 10_000;
const MAX_CONTEXTS = 5;
/** Settings that are part of the URL: they need another connection. */
const IN_URL: ReadonlySet<keyof ElevenLabsTTSSettings> = new Set(["model", "voice", "language"] as const);

/** Settings of an {@link ElevenLabsTTSService} that may change during a call, from the next text on. */
export interface ElevenLabsTTSSettings {
  /** The model, such as "eleven_flash_v2_5". A change reconnects. */
  readonly model: string;
  /** Id of the voice. A change reconnects. */
  readonly voice: string;
  /** Language of the text, such as "en", for the models that take one. A change reconnects. */
  readonly language: string | undefined;
  /** How much the voice keeps to one manner, as a ratio from 0 to 1. Undefined: as the voice is set up. */
  readonly stability: number | undefined;
  /** How close it is to the original voice, as a ratio from 0 to 1. Undefined: as the voice is set up. */
  readonly similarityBoost: number | undefined;
  /** How much its style is exaggerated, as a ratio from 0 to 1. Undefined: as the voice is set up. */
  readonly style: number | undefined;
  /** Whether likeness to the speaker is boosted. Undefined: as the voice is set up. */
  readonly useSpeakerBoost: boolean | undefined;
  /** Speed of speech, as a ratio from 0.7 to 1.2: 1 is normal. Undefined: as the voice is set up. */
  readonly speed: number | undefined;
}

/** Options of an {@link ElevenLabsTTSService}. */
export interface ElevenLabsTTSServiceOptions extends TTSServiceOptions, Partial<ElevenLabsTTSSettings> {
  /** The API key. Default: the environment variable ELEVENLABS_API_KEY. */
  readonly apiKey?: string;
  /** The vendor's WebSocket URL without a path. Default "wss://api.elevenlabs.io". */
  readonly baseUrl?: string;
  /** Whether the vendor may log the text. Default: the vendor's, which is true. */
  readonly enableLogging?: boolean;
  /** Whether numbers and the like are spelled out before they are spoken. Default: the vendor's, "auto". */
  readonly textNormalization?: "auto" | "on" | "off";
}

/**
 * Text to speech by ElevenLabs, over one multi-context WebSocket, with the time of each word. Default model
 * "eleven_flash_v2_5", default voice that of the vendor's quickstart. The models of the family v3 do not work over this
 * interface. All sentences of an answer are spoken in one context, so that they have one prosody. An interruption closes
 * the context and keeps the connection.
 *
 * The vendor marks the end of a context, but not the end of a sentence in one that goes on: that is recognised by the
 * alignment of its last character. Where that does not appear, the context is closed after a pause of 600 ms, and the next
 * sentence begins another one.
 *
 * The connection is opened when the service is set up and again when it is lost; the vendor closes one that is idle for
 * 3 minutes. When it is lost in the middle of a sentence, the rest of that sentence is spoken over the next one. The
 * vendor allows five contexts for a connection, and keeps one that was closed until it has generated its audio: a sixth
 * gets a new connection.
 *
 * Source of the protocol: the vendor's guide to the multi-context WebSocket, and reports of other clients' developers.
 */
export class ElevenLabsTTSService extends TTSService<ElevenLabsTTSSettings> {
  readonly #apiKey: string;
  readonly #baseUrl: string | undefined;
  readonly #query: Readonly<Record<string, string>>;
  #speech: ContextSpeech | undefined;

  /** @throws InvalidOptionError without a key, and for `aggregation: "token"`. */
  constructor(options: ElevenLabsTTSServiceOptions = {}) {
    const { apiKey, baseUrl, enableLogging, textNormalization, ...others } = options;
    const { model = "eleven_flash_v2_5", voice = DEFAULT_VOICE, language, stability, ...more } = others;
    const { similarityBoost, style, useSpeakerBoost, speed, ...base } = more;
    super({ model, voice, language, stability, similarityBoost, style, useSpeakerBoost, speed }, base);
    checkSpeaksSentences(base.aggregation);
    this.#apiKey = resolveServiceKey(apiKey, { service: ELEVENLABS, variable: "ELEVENLABS_API_KEY" });
    this.#baseUrl = baseUrl;
    this.#query = withoutUndefined({
      enable_logging: enableLogging?.toString(),
      apply_text_normalization: textNormalization,
    });
    this.metrics.model = model;
  }

  /** @throws InvalidOptionError for a base URL or a sample rate that cannot be used. */
  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    checkSampleRate(this.sampleRate, SAMPLE_RATES, ELEVENLABS);
    const rule = { name: ELEVENLABS, field: "baseUrl", defaultUrl: DEFAULT_URL };
    const url = checkServiceUrl(this.#baseUrl, rule, this.logger);
    const { clock, logger, sampleRate } = this;
    this.#speech = new ContextSpeech({
      ...{ clock, logger, sampleRate, protocol: this.#createProtocol(url), secrets: [this.#apiKey] },
      onError: (error) => this.pushError(error),
    });
    this.#speech.open();
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.#speech?.close();
  }

  protected override async *runTTS(text: string, contextId: string, signal: AbortSignal): AsyncGenerator<TTSChunk> {
    if (this.#speech) yield* this.#speech.speak(text, contextId, signal);
  }

  protected override contextEnded(contextId: string, interrupted: boolean): void {
    this.#speech?.end(contextId, interrupted);
  }

  protected override settingsChanged(changed: readonly (keyof ElevenLabsTTSSettings)[]): void {
    this.metrics.model = this.settings.model;
    this.#speech?.renew(changed.some((setting) => IN_URL.has(setting)));
  }

  #createProtocol(baseUrl: string): SpeechProtocol {
    const secrets = [this.#apiKey];
    const { sampleRate } = this;
    return {
      service: ELEVENLABS,
      maxContexts: MAX_CONTEXTS,
      keepAliveMs: KEEP_ALIVE_MS,
      endpoint: () => ({ url: this.#createUrl(baseUrl), headers: { "xi-api-key": this.#apiKey } }),
      newContext: (id) => new ElevenLabsContext({ id, opening: this.#createOpening(), sampleRate, secrets }),
      readContextId: ({ contextId, context_id: id = contextId }) => (typeof id === "string" ? id : undefined),
      readError: (message) => readElevenLabsError(message, secrets),
    };
  }

  #createUrl(baseUrl: string): string {
    const { voice, model, language } = this.settings;
    const query = new URLSearchParams({
      model_id: model,
      output_format: `pcm_${this.sampleRate}`,
      // Whole sentences are sent: the vendor need not wait for more.
      auto_mode: "true",
      sync_alignment: "true",
      inactivity_timeout: String(INACTIVITY_TIMEOUT_S),
      ...(language === undefined ? {} : { language_code: language }),
      ...this.#query,
    });
    return `${baseUrl}/v1/text-to-speech/${encodeURIComponent(voice)}/multi-stream-input?${query}`;
  }

  #createOpening(): object {
    const { stability, similarityBoost, style, useSpeakerBoost, speed } = this.settings;
    const boosts = { similarity_boost: similarityBoost, use_speaker_boost: useSpeakerBoost };
    const settings = withoutUndefined({ stability, style, speed, ...boosts });
    return Object.keys(settings).length > 0 ? { voice_settings: settings } : {};
  }
}
