import { PcmBytes, ServiceError, type TTSChunk, TTSService, type TTSServiceOptions } from "tavus-transport";

export interface HttpTTSServiceOptions extends TTSServiceOptions {
  readonly apiKey: string;
  readonly url: string;
  /** Default "ada". */
  readonly voice?: string;
}

/** Text to speech over HTTP: text in, a stream of mono 16-bit PCM at 24 kHz out. */
export class HttpTTSService extends TTSService<{ voice: string }> {
  readonly #apiKey: string;
  readonly #url: string;

  constructor({ apiKey, url, voice = "ada", ...options }: HttpTTSServiceOptions) {
    super({ voice }, { sampleRate: 24_000, wordTimes: "estimated", ...options });
    this.#apiKey = apiKey;
    this.#url = url;
  }

  protected override async *runTTS(text: string, _contextId: string, signal: AbortSignal): AsyncGenerator<TTSChunk> {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { authorization: `Bearer ${this.#apiKey}`, "content-type": "application/json" },
      body: JSON.stringify({ text, voice: this.settings.voice }),
      signal, // an interruption closes the request
    });
    if (!response.ok || !response.body) {
      // Only a wrong key makes the service unusable; any other failure is about this one request.
      const category = response.status === 401 ? "authentication" : "server";
      throw new ServiceError(`The voice server answered ${response.status}.`, { category });
    }
    const samples = new PcmBytes(); // a chunk may end in the middle of a sample
    for await (const bytes of response.body) yield { type: "audio", pcm: samples.read(bytes) };
  }
}
