import type { OpenAI } from "openai";
import type { ChatCompletionCreateParamsStreaming } from "openai/resources/chat/completions";

import type { LLMContext } from "../../frames/index.ts";
import type { ProcessorSetup } from "../../pipeline/index.ts";
import type { LLMChunk } from "../llm-chunk.ts";
import { LLMService, type LLMServiceOptions } from "../llm-service.ts";
import { checkMaxRetries, retryBeforeFirstPiece } from "../vendor/index.ts";
import { type DeveloperRole, toChatFields } from "./chat-request.ts";
import { type ChatChunk, ChatStreamReader } from "./chat-stream.ts";
import { type OpenAIAccess, type OpenAIAccessOptions, resolveOpenAIAccess } from "./openai-access.ts";
import { openOpenAIClient } from "./openai-client.ts";
import { toOpenAIFailure } from "./openai-errors.ts";

/** Pipecat's default. */
const DEFAULT_MODEL = "gpt-4.1";
const DEFAULT_MAX_RETRIES = 2;

/** Settings of an {@link OpenAILLMService} that an `LLMUpdateSettingsFrame` can change. Undefined: the server's default. */
export interface OpenAILLMSettings {
  /** Name of the model. Default "gpt-4.1". */
  readonly model: string;
  /** Randomness, from 0 to 2. */
  readonly temperature: number | undefined;
  /** Share of the probability mass that is sampled from, from 0 to 1. */
  readonly topP: number | undefined;
  /** Penalty for tokens by how often they have occurred, from -2 to 2. */
  readonly frequencyPenalty: number | undefined;
  /** Penalty for tokens that have occurred, from -2 to 2. */
  readonly presencePenalty: number | undefined;
  /** Makes answers repeatable, as far as the model can. */
  readonly seed: number | undefined;
  /** Longest answer, as a number of tokens, for most compatible servers. OpenAI's own models take the next one. */
  readonly maxTokens: number | undefined;
  /** Longest answer including thoughts, as a number of tokens, for OpenAI's models. */
  readonly maxCompletionTokens: number | undefined;
  /** How much a reasoning model thinks, such as "none" or "low": thoughts delay the first word. */
  readonly reasoningEffort: string | undefined;
  /** How OpenAI schedules the request, such as "priority". */
  readonly serviceTier: string | undefined;
  /** Further fields of the request's body, which override all others. */
  readonly extraBody: Readonly<Record<string, unknown>> | undefined;
}

/** Options of an {@link OpenAILLMService}. */
export interface OpenAILLMServiceOptions extends LLMServiceOptions, OpenAIAccessOptions, Partial<OpenAILLMSettings> {
  /** How messages of the role "developer" are sent. Default: "developer" to OpenAI, "user" to other servers. */
  readonly developerRole?: DeveloperRole;
  /** Further headers of each request. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * How many more times a request is sent that has failed before the first piece of the answer: no connection, a rate
   * limit that passes within 2 s, a failure of the server, an empty answer. Default 2.
   */
  readonly maxRetries?: number;
}

/**
 * Language models of OpenAI and of every server with its chat completions: LM Studio, Ollama, vLLM, Groq, and others. Needs
 * the package `openai`.
 *
 * ```ts
 * const llm = new OpenAILLMService({ model: "gpt-4.1" }); // OPENAI_API_KEY
 * const local = new OpenAILLMService({ model: "qwen3-8b", baseUrl: "http://localhost:1234/v1" });
 * ```
 *
 * Settings can be changed by an `LLMUpdateSettingsFrame`. An interruption closes the request.
 *
 * @throws InvalidOptionError for a missing or invalid key, and for an invalid URL.
 * @throws MissingPackageError in `setup`, if `openai` is not installed.
 */
export class OpenAILLMService extends LLMService<OpenAILLMSettings> {
  readonly #access: OpenAIAccess;
  readonly #developerRole: DeveloperRole;
  readonly #headers: Readonly<Record<string, string>> | undefined;
  readonly #maxRetries: number;
  #openai: Promise<OpenAI> | undefined;

  constructor(options: OpenAILLMServiceOptions = {}) {
    const { model = DEFAULT_MODEL } = options;
    super(
      {
        model,
        temperature: options.temperature,
        topP: options.topP,
        frequencyPenalty: options.frequencyPenalty,
        presencePenalty: options.presencePenalty,
        seed: options.seed,
        maxTokens: options.maxTokens,
        maxCompletionTokens: options.maxCompletionTokens,
        reasoningEffort: options.reasoningEffort,
        serviceTier: options.serviceTier,
        extraBody: options.extraBody,
      },
      { name: "OpenAILLMService", ...options },
    );
    this.#access = resolveOpenAIAccess(options, this.logger);
    this.#developerRole = options.developerRole ?? (this.#access.isOpenAI ? "developer" : "user");
    this.#headers = options.headers;
    this.#maxRetries = checkMaxRetries(options.maxRetries ?? DEFAULT_MAX_RETRIES);
    this.metrics.model = model;
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    await this.#open();
  }

  protected override settingsChanged(): void {
    this.metrics.model = this.settings.model;
  }

  protected override async *generate(context: LLMContext, signal: AbortSignal): AsyncGenerator<LLMChunk> {
    // One body for all tries: settings and context may change meanwhile.
    const body = this.#toBody(context);
    const usedIds = context.messages.flatMap(({ toolCalls = [] }) => toolCalls.map(({ id }) => id));
    yield* retryBeforeFirstPiece(() => this.#stream(body, usedIds, signal), {
      clock: this.clock,
      logger: this.logger,
      signal,
      maxRetries: this.#maxRetries,
      toFailure: (thrown) => toOpenAIFailure(thrown, this.name, this.#access),
      // An empty answer has its usage, too, but nothing that the user could have heard.
      isHeard: ({ type }) => type !== "usage",
    });
  }

  async *#stream(body: object, usedIds: readonly string[], signal: AbortSignal): AsyncGenerator<LLMChunk> {
    const client = await this.#open();
    const reader = new ChatStreamReader(this.name, usedIds);
    const stream = await client.chat.completions.create(body as ChatCompletionCreateParamsStreaming, { signal });
    for await (const chunk of stream as AsyncIterable<ChatChunk>) yield* reader.read(chunk);
    // The client ends an aborted stream as if it were complete.
    signal.throwIfAborted();
    yield* reader.end();
    if (reader.finishReason === "length") {
      const { maxTokens, maxCompletionTokens } = this.settings;
      const limits = { maxTokens, maxCompletionTokens };
      this.logger.warn(`The answer of ${this.name} was cut at its limit of tokens.`, limits);
    }
  }

  #toBody(context: LLMContext): object {
    const { settings } = this;
    return {
      model: settings.model,
      stream: true,
      stream_options: { include_usage: true },
      temperature: settings.temperature,
      top_p: settings.topP,
      frequency_penalty: settings.frequencyPenalty,
      presence_penalty: settings.presencePenalty,
      seed: settings.seed,
      max_tokens: settings.maxTokens,
      max_completion_tokens: settings.maxCompletionTokens,
      reasoning_effort: settings.reasoningEffort,
      service_tier: settings.serviceTier,
      ...toChatFields(context, this.#developerRole),
      ...settings.extraBody,
    };
  }

  /** Loads the client once. Also without a setup, for `generateText`. */
  #open(): Promise<OpenAI> {
    this.#openai ??= openOpenAIClient(this.name, this.#access, this.#headers);
    return this.#openai;
  }
}
