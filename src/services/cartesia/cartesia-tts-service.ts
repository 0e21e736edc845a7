import type { ProcessorSetup } from "../../pipeline/index.ts";
import { resolveServiceKey } from "../../util/service-key.ts";
import { checkServiceUrl } from "../../util/service-url.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import { ContextSpeech } from "../speech/context-speech.ts";
import { checkSampleRate, checkSpeaksSentences } from "../speech/speech-options.ts";
import type { SpeechProtocol } from "../speech/speech-protocol.ts";
import { type TTSChunk, TTSService, type TTSServiceOptions } from "../tts-service.ts";
import { CARTESIA, CartesiaContext, readCartesiaError } from "./cartesia-context.ts";

const DEFAULT_URL = "wss://api.cartesia.ai";
/** The voice of the vendor's quickstart. */
const DEFAULT_VOICE = "f786b574-daa5-4673-aa0c-cbe3e8534c02";
const SAMPLE_RATES: readonly number[] = [8000, 16_000, 22_050, 24_000, 44_100, 48_000];
/** The vendor forgets a context 1 s after its last audio; this leaves time for the way there and back. */
const LAPSE_MS = 700;

/** Settings of a {@link CartesiaTTSService} that may change during a call, from the next text on. */
export interface CartesiaTTSSettings {
  /** The model, such as "sonic-3.6". */
  readonly model: string;
  /** Id of the voice. */
  readonly voice: string;
  /** Language of the text, such as "en" or "de". Undefined leaves it to the vendor. */
  readonly language: string | undefined;
  /** Speed of speech, as a ratio: 1 is normal. Undefined leaves it to the vendor. */
  readonly speed: number | undefined;
  /** Loudness, as a ratio: 1 is normal. Undefined leaves it to the vendor. */
  readonly volume: number | undefined;
  /** Emotion, by the vendor's name for it. Undefined leaves it to the vendor. */
  readonly emotion: string | undefined;
  /** Id of a pronunciation dictionary. */
  readonly pronunciationDictId: string | undefined;
}

/** Options of a {@link CartesiaTTSService}. */
export interface CartesiaTTSServiceOptions extends TTSServiceOptions {
  /** The API key. Default: the environment variable CARTESIA_API_KEY. */
  readonly apiKey?: string;
  /** The vendor's WebSocket URL without a path. Default "wss://api.cartesia.ai". */
  readonly baseUrl?: string;
  /** Version of the vendor's API, a date. Default "2026-03-01". */
  readonly apiVersion?: string;
  /** The model. Default "sonic-3.6". */
  readonly model?: string;
  /** Id of the voice. Default: the voice of the vendor's quickstart. */
  readonly voice?: string;
  /** Language of the text. Default "en". */
  readonly language?: string;
  /** Speed of speech, as a ratio: 1 is normal. Default: the vendor's. */
  readonly speed?: number;
  /** Loudness, as a ratio: 1 is normal. Default: the vendor's. */
  readonly volume?: number;
  /** Emotion, by the vendor's name for it. Default: the vendor's. */
  readonly emotion?: string;
  /** Id of a pronunciation dictionary. Default: none. */
  readonly pronunciationDictId?: string;
}

/**
 * Text to speech by Cartesia, over one WebSocket, with the time of each word. All sentences of an answer are spoken in
 * one context, so that they have one prosody. An interruption cancels the context and keeps the connection.
 *
 * The connection is opened when the service is set up and again when it is lost; the vendor closes one that is idle for
 * 5 minutes. When it is lost in the middle of a sentence, the rest of that sentence is spoken over the next one. Errors
 * are `ServiceError`s with the category of the vendor's status.
 *
 * Source of the protocol: Cartesia's documentation of its WebSocket, contexts and flushing, and its SDKs' typings.
 */
export class CartesiaTTSService extends TTSService<CartesiaTTSSettings> {
  readonly #apiKey: string;
  readonly #baseUrl: string | undefined;
  readonly #apiVersion: string;
  #speech: ContextSpeech | undefined;

  /** @throws InvalidOptionError without a key, and for `aggregation: "token"`. */
  constructor(options: CartesiaTTSServiceOptions = {}) {
    const {
      apiKey,
      baseUrl,
      apiVersion = "2026-03-01",
      model = "sonic-3.6",
      voice = DEFAULT_VOICE,
      ...others
    } = options;
    const { language = "en", speed, volume, emotion, pronunciationDictId, ...base } = others;
    super({ model, voice, language, speed, volume, emotion, pronunciationDictId }, base);
    checkSpeaksSentences(base.aggregation);
    this.#apiKey = resolveServiceKey(apiKey, { service: CARTESIA, variable: "CARTESIA_API_KEY" });
    this.#baseUrl = baseUrl;
    this.#apiVersion = apiVersion;
    this.metrics.model = model;
  }

  /** @throws InvalidOptionError for a base URL or a sample rate that cannot be used. */
  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    checkSampleRate(this.sampleRate, SAMPLE_RATES, CARTESIA);
    const url = checkServiceUrl(
      this.#baseUrl,
      { name: CARTESIA, field: "baseUrl", defaultUrl: DEFAULT_URL },
      this.logger,
    );
    const { clock, logger, sampleRate } = this;
    this.#speech = new ContextSpeech({
      ...{ clock, logger, sampleRate, secrets: [this.#apiKey] },
      protocol: this.#createProtocol(`${url}/tts/websocket`),
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

  /** The fields of a context may not change: the next text opens another. */
  protected override settingsChanged(): void {
    this.metrics.model = this.settings.model;
    this.#speech?.renew(false);
  }

  #createProtocol(url: string): SpeechProtocol {
    const secrets = [this.#apiKey];
    const headers = { "x-api-key": this.#apiKey, "cartesia-version": this.#apiVersion };
    return {
      service: CARTESIA,
      lapseMs: LAPSE_MS,
      endpoint: () => ({ url, headers }),
      newContext: (id) => new CartesiaContext(id, this.#createRequest(), secrets),
      readContextId: ({ context_id: id }) => (typeof id === "string" ? id : undefined),
      readError: (message) => (message.type === "error" ? readCartesiaError(message, secrets) : undefined),
    };
  }

  #createRequest(): object {
    const { model, voice, language, speed, volume, emotion, pronunciationDictId } = this.settings;
    const generation = withoutUndefined({ speed, volume, emotion });
    return {
      model_id: model,
      voice: { mode: "id", id: voice },
      output_format: { container: "raw", encoding: "pcm_s16le", sample_rate: this.sampleRate },
      add_timestamps: true,
      use_normalized_timestamps: false,
      // Whole sentences are sent: the vendor need not wait for more.
      max_buffer_delay_ms: 0,
      ...withoutUndefined({ language, pronunciation_dict_id: pronunciationDictId }),
      ...(Object.keys(generation).length > 0 ? { generation_config: generation } : {}),
    };
  }
}
