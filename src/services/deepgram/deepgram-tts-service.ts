import { PcmBytes } from "../../audio/index.ts";
import { ServiceError } from "../../pipeline/index.ts";
import { resolveServiceKey } from "../../util/service-key.ts";
import { checkServiceUrl } from "../../util/service-url.ts";
import { type TTSChunk, TTSService, type TTSServiceOptions } from "../tts-service.ts";
import { createVendorError, toReason } from "../vendor/index.ts";
import { type DeepgramQuery, toQuery } from "./deepgram-socket.ts";
import { pickSettings } from "./deepgram-stt-settings.ts";

/** Settings of a {@link DeepgramTTSService} that a `TTSUpdateSettingsFrame` can change. */
export interface DeepgramTTSSettings {
  /** The voice, which Deepgram calls a model, such as "aura-2-thalia-en". Default "aura-2-helena-en", as in Pipecat. */
  readonly voice: string;
  /** Keeps the text out of Deepgram's training, at another price. */
  readonly mipOptOut: boolean | undefined;
  /** Any other parameter, by Deepgram's own name, such as `speed`. It wins over the settings above. */
  readonly extra: DeepgramQuery;
}

/** Options of a {@link DeepgramTTSService}. */
export interface DeepgramTTSServiceOptions extends TTSServiceOptions, Partial<DeepgramTTSSettings> {
  /** Deepgram's API key. Default: the environment variable `DEEPGRAM_API_KEY`. */
  readonly apiKey?: string;
  /** Base URL. Default "https://api.deepgram.com". */
  readonly baseUrl?: string;
}

const DEFAULT_SETTINGS: DeepgramTTSSettings = { voice: "aura-2-helena-en", mipOptOut: undefined, extra: {} };
/** Text over Deepgram's limit of 2000 characters. Another text may be shorter. */
const TOO_LONG = 413;
const MAX_REASON_BYTES = 4096;

/**
 * Text to speech by Deepgram's Aura voices, over HTTP (`POST /v1/speak`): one request per sentence, whose audio streams in.
 * An interruption closes the request. Deepgram does not report when it says which word: the words are estimated from the
 * audio (`wordTimes`). A request that fails before its first audio, because of the network or of Deepgram, is sent once
 * more.
 *
 * Why not Deepgram's WebSocket: it reports where audio ends only in answer to `Flush`, and takes 20 of those per minute. A
 * bot that speaks in sentences needs more, and which words a barge-in cuts would be unknown with fewer.
 *
 * Source: Deepgram's documentation of `/v1/speak` and its public AsyncAPI description. Checked against `FakeDeepgram`, never
 * against Deepgram itself. `sampleRate` must be one that Deepgram offers: 8000, 16 000, 24 000, 32 000 or 48 000.
 *
 * @example
 * ```ts
 * const tts = new DeepgramTTSService({ voice: "aura-2-thalia-en" }); // DEEPGRAM_API_KEY
 * ```
 */
export class DeepgramTTSService extends TTSService<DeepgramTTSSettings> {
  readonly #apiKey: string;
  readonly #url: string;

  /** @throws InvalidOptionError without a key, and for a URL that is none. */
  constructor(options: DeepgramTTSServiceOptions = {}) {
    super(pickSettings(DEFAULT_SETTINGS, options), { wordTimes: "estimated", ...options });
    this.#apiKey = resolveServiceKey(options.apiKey, { service: "Deepgram", variable: "DEEPGRAM_API_KEY" });
    const rule = { name: "Deepgram", field: "baseUrl", defaultUrl: "https://api.deepgram.com" };
    this.#url = checkServiceUrl(options.baseUrl, rule, this.logger);
    this.metrics.model = this.settings.voice;
  }

  protected override settingsChanged(): void {
    this.metrics.model = this.settings.voice;
  }

  protected override async *runTTS(text: string, _contextId: string, signal: AbortSignal): AsyncGenerator<TTSChunk> {
    let mayRepeat = true;
    for (;;) {
      try {
        for await (const pcm of this.#speak(text, signal)) {
          mayRepeat = false;
          yield { type: "audio", pcm };
        }
        return;
      } catch (thrown) {
        const error = this.#toError(thrown, signal);
        if (!mayRepeat || !isWorthRepeating(error)) throw error;
        mayRepeat = false;
      }
    }
  }

  async *#speak(text: string, signal: AbortSignal): AsyncGenerator<Int16Array> {
    const { voice, mipOptOut, extra } = this.settings;
    const format = { encoding: "linear16", container: "none", sample_rate: this.sampleRate };
    const response = await fetch(
      `${this.#url}/v1/speak?${toQuery({ model: voice, ...format, mip_opt_out: mipOptOut, ...extra })}`,
      {
        method: "POST",
        headers: { authorization: `Token ${this.#apiKey}`, "content-type": "application/json" },
        body: JSON.stringify({ text }),
        signal,
      },
    );
    if (!response.ok || !response.body) throw await this.#createRefusal(response);
    // A chunk may end in the middle of a sample.
    const samples = new PcmBytes();
    for await (const bytes of response.body as AsyncIterable<Uint8Array>) {
      const pcm = samples.read(bytes);
      if (pcm.length > 0) yield pcm;
    }
    // A body that is aborted may end as if it were complete.
    signal.throwIfAborted();
  }

  async #createRefusal(response: Response): Promise<Error> {
    const { status } = response;
    const body = await response.text().catch(() => "");
    const reason = toReason(body.slice(0, MAX_REASON_BYTES));
    const failure = { service: "Deepgram", what: "refused to speak", status, reason, secrets: [this.#apiKey] };
    return createVendorError(
      status === TOO_LONG ? { ...failure, category: "invalidRequest", permanent: false } : failure,
    );
  }

  #toError(thrown: unknown, signal: AbortSignal): unknown {
    if (signal.aborted || thrown instanceof ServiceError) return thrown;
    const { message, cause } = thrown as Error;
    const reason = cause instanceof Error ? cause.message : message;
    const failure = { service: "Deepgram", what: "could not be reached", category: "connectivity" } as const;
    return createVendorError({ ...failure, reason, secrets: [this.#apiKey], cause: thrown });
  }
}

function isWorthRepeating(error: unknown): boolean {
  return error instanceof ServiceError && (error.category === "connectivity" || error.category === "server");
}
