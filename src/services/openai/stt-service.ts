import type { OpenAI } from "openai";

import { mixDown } from "../../audio/mix-down.ts";
import { encodeWav } from "../../audio/wav.ts";
import type { ProcessorSetup } from "../../pipeline/index.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import { SegmentedSTTService, type SegmentedSTTServiceOptions, type SpeechSegment } from "../segmented-stt-service.ts";
import type { STTTranscript } from "../stt-service.ts";
import { checkMaxRetries, createVendorError, type RequestFailure, retryBeforeFirstPiece } from "../vendor/index.ts";
import { type OpenAIAccess, type OpenAIAccessOptions, resolveOpenAIAccess } from "./openai-access.ts";
import { openOpenAIClient } from "./openai-client.ts";
import { toOpenAIFailure } from "./openai-errors.ts";

/** Pipecat's default. */
const DEFAULT_MODEL = "gpt-transcribe";
const DEFAULT_MAX_RETRIES = 1;
/** An upload and a transcription; Pipecat assumes about as much. */
const DEFAULT_TTFS_P99_MS = 2000;
/** The vendor refuses shorter audio. */
const MIN_SEGMENT_MS = 100;

/** Settings of an {@link OpenAISTTService} that an `STTUpdateSettingsFrame` can change. */
export interface OpenAISTTSettings {
  /** Name of the model. Default "gpt-transcribe". */
  readonly model: string;
  /** Language of the users as an ISO 639-1 code such as "en". Undefined: recognised by the model. */
  readonly language: string | undefined;
  /** What the speech is about, or words that may occur. */
  readonly prompt: string | undefined;
  /** Words and phrases to expect. Only for "gpt-transcribe". */
  readonly keywords: readonly string[] | undefined;
}

/** Options of an {@link OpenAISTTService}. */
export interface OpenAISTTServiceOptions
  extends SegmentedSTTServiceOptions, OpenAIAccessOptions, Partial<OpenAISTTSettings> {
  /**
   * Whether the transcript is streamed, so that interim transcripts arrive before the whole. They begin only after the
   * speech has ended, and "whisper-1" and some compatible servers do not stream. Default false.
   */
  readonly interimTranscripts?: boolean;
  /** How many more times a request is sent that has failed before the first piece of its answer. Default 1. */
  readonly maxRetries?: number;
}

/** A piece of a transcript, or the whole. */
type Piece = { readonly type: "delta"; readonly text: string } | { readonly type: "whole"; readonly result: Whole };
interface Whole {
  readonly text: string;
  readonly languages?: readonly { readonly code: string }[];
}

/**
 * OpenAI's transcription of files (`POST /v1/audio/transcriptions`), and that of compatible servers: each stretch of speech
 * that the VAD has found is sent as a WAV file once it has ended. `OpenAIRealtimeSTTService` transcribes while the user
 * speaks, which is sooner. Needs the package `openai`.
 *
 * @example
 * ```ts
 * const stt = new OpenAISTTService({ language: "en" }); // OPENAI_API_KEY
 * ```
 *
 * @throws InvalidOptionError for a missing or invalid key, and for an invalid URL.
 * @throws MissingPackageError in `setup`, if `openai` is not installed.
 */
export class OpenAISTTService extends SegmentedSTTService<OpenAISTTSettings> {
  readonly #access: OpenAIAccess;
  readonly #interimTranscripts: boolean;
  readonly #maxRetries: number;
  #openai: Promise<OpenAI> | undefined;

  constructor(options: OpenAISTTServiceOptions = {}) {
    const { model = DEFAULT_MODEL, language, prompt, keywords, maxRetries = DEFAULT_MAX_RETRIES } = options;
    const base = { name: "OpenAISTTService", ttfsP99LatencyMs: DEFAULT_TTFS_P99_MS, ...options };
    super({ model, language, prompt, keywords }, base);
    this.#access = resolveOpenAIAccess(options, this.logger);
    this.#interimTranscripts = options.interimTranscripts ?? false;
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

  protected override async transcribe(segment: SpeechSegment, signal: AbortSignal): Promise<STTTranscript | undefined> {
    const pcm = mixDown(segment.audio, segment.numChannels);
    if ((pcm.length * 1000) / segment.sampleRate < MIN_SEGMENT_MS) return undefined;
    const wav = encodeWav(pcm, { sampleRate: segment.sampleRate });
    const { clock, logger } = this;
    const toFailure = (thrown: unknown): RequestFailure => toOpenAIFailure(thrown, this.name, this.#access);
    const policy = { clock, logger, signal, maxRetries: this.#maxRetries, toFailure };
    const { userId } = segment;
    let interim = "";
    for await (const piece of retryBeforeFirstPiece(() => this.#request(wav, signal), policy)) {
      if (piece.type === "whole") {
        const { text, languages } = piece.result;
        return { text, userId, language: languages?.[0]?.code ?? this.settings.language, result: piece.result };
      }
      interim += piece.text;
      this.pushInterimTranscript({ text: interim, userId });
    }
    signal.throwIfAborted();
    return undefined;
  }

  async *#request(wav: Buffer, signal: AbortSignal): AsyncGenerator<Piece> {
    this.#openai ??= openOpenAIClient(this.name, this.#access);
    const client = await this.#openai;
    const { model, language, prompt, keywords } = this.settings;
    const stream = this.#interimTranscripts && model !== "whisper-1";
    const file = new File([new Uint8Array(wav)], "speech.wav", { type: "audio/wav" });
    const body = { file, model, response_format: "json" as const, ...withoutUndefined({ language, prompt }) };
    const all = { ...body, ...(keywords && { keywords: [...keywords] }) };
    if (!stream) {
      const result: unknown = await client.audio.transcriptions.create(all, { signal });
      if (!isWhole(result)) throw this.#broken("answered without a text");
      yield { type: "whole", result };
      return;
    }
    for await (const event of await client.audio.transcriptions.create({ ...all, stream }, { signal })) {
      if (event.type === "transcript.text.delta") {
        yield { type: "delta", text: event.delta };
      } else if (event.type === "transcript.text.done") {
        yield { type: "whole", result: event };
        return;
      }
    }
    // The client ends an aborted stream as if it were complete, and a cut one too.
    signal.throwIfAborted();
    throw this.#broken("broke off its transcript");
  }

  #broken(what: string): Error {
    return createVendorError({ service: this.name, what, category: "server" });
  }
}

function isWhole(result: unknown): result is Whole {
  return typeof (result as Partial<Whole> | null)?.text === "string";
}
