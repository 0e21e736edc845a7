import type { OpenAI } from "openai";

import { PcmBytes } from "../../audio/pcm-bytes.ts";
import type { ProcessorSetup } from "../../pipeline/index.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import { type TTSChunk, TTSService, type TTSServiceOptions } from "../tts-service.ts";
import { checkMaxRetries, createVendorError, type RequestFailure, retryBeforeFirstPiece } from "../vendor/index.ts";
import { type OpenAIAccess, type OpenAIAccessOptions, resolveOpenAIAccess } from "./openai-access.ts";
import { openOpenAIClient } from "./openai-client.ts";
import { toOpenAIFailure } from "./openai-errors.ts";
import { splitInput } from "./split-input.ts";

/** Pipecat's defaults. */
const DEFAULT_MODEL = "gpt-4o-mini-tts";
const DEFAULT_VOICE = "alloy";
/** The only rate of the format `pcm`. */
const SAMPLE_RATE = 24_000;
const MAX_INPUT_CHARS = 4096;
const DEFAULT_MAX_RETRIES = 1;

/** Settings of an {@link OpenAITTSService} that a `TTSUpdateSettingsFrame` can change. */
export interface OpenAITTSSettings {
  /** Name of the model. Default "gpt-4o-mini-tts". */
  readonly model: string;
  /** Name of a voice such as "alloy", or the id of a voice of one's own as `{ id }`. Default "alloy". */
  readonly voice: string | { readonly id: string };
  /** How to speak, such as "Speak calmly." Not for "tts-1" and "tts-1-hd". */
  readonly instructions: string | undefined;
  /** Speed from 0.25 to 4; undefined or 1: the voice's own. */
  readonly speed: number | undefined;
}

/** Options of an {@link OpenAITTSService}. */
export interface OpenAITTSServiceOptions
  extends Omit<TTSServiceOptions, "sampleRate">, OpenAIAccessOptions, Partial<OpenAITTSSettings> {
  /** How many more times a request is sent that has failed before its first audio. Default 1. */
  readonly maxRetries?: number;
}

/**
 * OpenAI's text to speech (`POST /v1/audio/speech`), and that of compatible servers with the format `pcm`. Needs the package
 * `openai`. An interruption closes the request. The vendor does not report when it says which word: the words are estimated
 * from the audio (`wordTimes`). Text over the vendor's limit of 4096 characters is sent in parts.
 *
 * @example
 * ```ts
 * const tts = new OpenAITTSService({ voice: "coral", instructions: "Speak calmly." }); // OPENAI_API_KEY
 * ```
 *
 * @throws InvalidOptionError for a missing or invalid key, an invalid URL or speed.
 * @throws MissingPackageError in `setup`, if `openai` is not installed.
 */
export class OpenAITTSService extends TTSService<OpenAITTSSettings> {
  readonly #access: OpenAIAccess;
  readonly #maxRetries: number;
  #openai: Promise<OpenAI> | undefined;

  constructor(options: OpenAITTSServiceOptions = {}) {
    const { model = DEFAULT_MODEL, voice = DEFAULT_VOICE, instructions, speed } = options;
    const { maxRetries = DEFAULT_MAX_RETRIES } = options;
    const base = { name: "OpenAITTSService", wordTimes: "estimated", ...options, sampleRate: SAMPLE_RATE } as const;
    super({ model, voice, instructions, speed }, base);
    if (speed !== undefined && !(speed >= 0.25 && speed <= 4))
      throw new InvalidOptionError("speed", "must be between 0.25 and 4.");
    this.#access = resolveOpenAIAccess(options, this.logger);
    this.#maxRetries = checkMaxRetries(maxRetries);
    this.metrics.model = model;
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    this.#openai ??= openOpenAIClient(this.name, this.#access);
    await this.#openai;
  }

  protected override settingsChanged(): void {
    this.metrics.model = this.settings.model;
  }

  protected override async *runTTS(text: string, _contextId: string, signal: AbortSignal): AsyncGenerator<TTSChunk> {
    const { clock, logger } = this;
    const toFailure = (thrown: unknown): RequestFailure => toOpenAIFailure(thrown, this.name, this.#access);
    const policy = { clock, logger, signal, maxRetries: this.#maxRetries, toFailure };
    for (const input of splitInput(text, MAX_INPUT_CHARS)) {
      if (input.trim() === "") continue;
      for await (const pcm of retryBeforeFirstPiece(() => this.#request(input, signal), policy))
        yield { type: "audio", pcm };
    }
  }

  /** Speaks one part of a text. A chunk may end in the middle of a sample. */
  async *#request(input: string, signal: AbortSignal): AsyncGenerator<Int16Array> {
    this.#openai ??= openOpenAIClient(this.name, this.#access);
    const client = await this.#openai;
    const { model, voice, instructions, speed } = this.settings;
    const optional = withoutUndefined({ instructions, speed });
    // The voices of a compatible server are its own.
    const body = { input, model, voice: voice as "alloy", response_format: "pcm" as const, ...optional };
    const response = await client.audio.speech.create(body, { signal });
    const type = response.headers.get("content-type") ?? "";
    if (!response.body || /json|text|html/.test(type)) {
      await response.body?.cancel();
      const what = `answered with ${type === "" ? "nothing" : type} where audio was expected`;
      throw createVendorError({ service: this.name, what, advice: `Check the base URL ${this.#access.baseUrl}.` });
    }
    const samples = new PcmBytes();
    for await (const bytes of response.body as AsyncIterable<Uint8Array>) {
      const pcm = samples.read(bytes);
      if (pcm.length > 0) yield pcm;
    }
    // A body that is aborted may end as if it were complete.
    signal.throwIfAborted();
  }
}
