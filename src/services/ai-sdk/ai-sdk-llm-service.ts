import type * as aiSdk from "ai";
import type { LanguageModel, LanguageModelUsage, ProviderMetadata, TextStreamPart, ToolSet } from "ai";

import type { LLMContext, LLMTokenUsage, ToolChoice } from "../../frames/index.ts";
import type { ProcessorSetup } from "../../pipeline/index.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import type { LLMChunk } from "../llm-chunk.ts";
import { LLMService, type LLMServiceOptions } from "../llm-service.ts";
import {
  checkMaxRetries,
  createVendorError,
  loadPeer,
  type VendorFailure,
  retryBeforeFirstPiece,
} from "../vendor/index.ts";
import { toAiSdkFailure } from "./ai-sdk-errors.ts";
import { type ProviderData, toAiSdkPrompt } from "./ai-sdk-messages.ts";

type AiSdk = typeof aiSdk;
type StreamOptions = Parameters<AiSdk["streamText"]>[0];

const DEFAULT_MAX_RETRIES = 2;
/** How many calls are remembered with what their provider sent along. */
const MAX_REMEMBERED_CALLS = 200;

/** Settings of an {@link AiSdkLLMService} that an `LLMUpdateSettingsFrame` can change. Undefined: the provider's default. */
export interface AiSdkLLMSettings {
  /** The model: an object of a provider, or an id for the gateway of the AI SDK. */
  readonly model: LanguageModel;
  /** Randomness; its range depends on the provider. */
  readonly temperature: number | undefined;
  /** Share of the probability mass that is sampled from, from 0 to 1. */
  readonly topP: number | undefined;
  /** Number of the most likely tokens that are sampled from. */
  readonly topK: number | undefined;
  /** Penalty for tokens by how often they have occurred, as a number whose range depends on the provider. */
  readonly frequencyPenalty: number | undefined;
  /** Penalty for tokens that have occurred, as a number whose range depends on the provider. */
  readonly presencePenalty: number | undefined;
  /** Makes answers repeatable, as far as the model can. */
  readonly seed: number | undefined;
  /** Longest answer, as a number of tokens. */
  readonly maxOutputTokens: number | undefined;
  /** How much a reasoning model thinks: thoughts delay the first word. */
  readonly reasoning: "provider-default" | "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max" | undefined;
  /** Options that only one provider knows, by its name, such as `{ anthropic: { … } }`. */
  readonly providerOptions: ProviderData | undefined;
}

/** Options of an {@link AiSdkLLMService}. */
export interface AiSdkLLMServiceOptions extends LLMServiceOptions, Partial<AiSdkLLMSettings> {
  /** The model: an object of a provider, or an id for the gateway of the AI SDK. */
  readonly model: LanguageModel;
  /** Further headers of each request. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * How many more times a request is sent that has failed before the first piece of the answer: no connection, a rate
   * limit that passes within 2 s, a failure of the server, an empty answer. Default 2.
   */
  readonly maxRetries?: number;
}

/**
 * Language models of every provider of the Vercel AI SDK: Anthropic, Google, Mistral, Amazon Bedrock, and others. Needs the
 * package `ai`, version 7 or later, and the provider's.
 *
 * ```ts
 * const llm = new AiSdkLLMService({ model: anthropic("claude-haiku-4-5") });
 * ```
 *
 * Functions are called by this library: register them with `registerFunction`, as for any other model. Settings can be
 * changed by an `LLMUpdateSettingsFrame`. An interruption aborts the provider's request.
 *
 * @throws InvalidOptionError for a number of retries below 0.
 * @throws MissingPackageError in `setup`, if `ai` is not installed.
 */
export class AiSdkLLMService extends LLMService<AiSdkLLMSettings> {
  readonly #headers: Record<string, string> | undefined;
  readonly #maxRetries: number;
  /** What a provider sent along with a call and must receive again, by the call's id. */
  readonly #providerData = new Map<string, ProviderData>();
  #sdk: Promise<AiSdk> | undefined;

  constructor(options: AiSdkLLMServiceOptions) {
    const { model } = options;
    super(
      {
        model,
        temperature: options.temperature,
        topP: options.topP,
        topK: options.topK,
        frequencyPenalty: options.frequencyPenalty,
        presencePenalty: options.presencePenalty,
        seed: options.seed,
        maxOutputTokens: options.maxOutputTokens,
        reasoning: options.reasoning,
        providerOptions: options.providerOptions,
      },
      { name: "AiSdkLLMService", ...options },
    );
    this.#headers = options.headers;
    this.#maxRetries = checkMaxRetries(options.maxRetries ?? DEFAULT_MAX_RETRIES);
    this.metrics.model = nameOf(model);
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    await this.#load();
  }

  protected override settingsChanged(): void {
    this.metrics.model = nameOf(this.settings.model);
  }

  protected override async *generate(context: LLMContext, signal: AbortSignal): AsyncGenerator<LLMChunk> {
    const sdk = await this.#load();
    // One request for all tries: settings and context may change meanwhile.
    const options = this.#toOptions(sdk, context, signal);
    yield* retryBeforeFirstPiece(() => this.#stream(sdk, options, signal), {
      clock: this.clock,
      logger: this.logger,
      signal,
      maxRetries: this.#maxRetries,
      toFailure: (thrown) => toAiSdkFailure(thrown, this.name),
      // An empty answer has its usage, too, but nothing that the user could have heard.
      isHeard: ({ type }) => type !== "usage",
    });
  }

  async *#stream(sdk: AiSdk, options: StreamOptions, signal: AbortSignal): AsyncGenerator<LLMChunk> {
    let hasAnswer = false;
    let finish: { readonly reason: string } | undefined;
    for await (const part of sdk.streamText(options).stream) {
      const { type } = part;
      if (type === "error") throw part.error;
      if (type === "abort") break;
      if (type === "finish") {
        finish = { reason: part.finishReason };
        const usage = toUsage(part.totalUsage);
        if (usage) yield { type: "usage", usage };
        continue;
      }
      const chunk = this.#toChunk(part);
      if (!chunk) continue;
      hasAnswer ||= chunk.type === "toolCall" || (chunk.type === "text" && chunk.text.trim() !== "");
      yield chunk;
    }
    signal.throwIfAborted();
    this.#checkEnd(finish?.reason, hasAnswer);
  }

  /** Undefined for parts without a meaning here; their list grows with the AI SDK. */
  #toChunk(part: TextStreamPart<ToolSet>): LLMChunk | undefined {
    switch (part.type) {
      case "text-delta":
        return part.text === "" ? undefined : { type: "text", text: part.text };
      case "reasoning-delta":
        return part.text === "" ? undefined : { type: "thought", text: part.text };
      case "tool-input-start":
      case "tool-input-delta":
        return { type: "progress" };
      case "tool-call":
        // The provider has executed some tools of its own, such as a search.
        return part.providerExecuted === true ? undefined : this.#toToolCall(part);
      default:
        return undefined;
    }
  }

  #toToolCall(part: Extract<TextStreamPart<ToolSet>, { readonly type: "tool-call" }>): LLMChunk {
    const { toolCallId: id, toolName: name, providerMetadata } = part;
    this.#remember(id, providerMetadata);
    const input: unknown = part.input ?? {};
    const isObject = typeof input === "object" && !Array.isArray(input);
    // A function that is not in the context's tools is marked as invalid, too; its handler or the fallback decides.
    if (isObject) return { type: "toolCall", id, name, arguments: input as Readonly<Record<string, unknown>> };
    return { type: "toolCall", id, name, arguments: {}, problem: "they are not a JSON object." };
  }

  /**
   * Gemini refuses calls without the signatures of the thoughts that led to them. Nothing else is sent again: OpenAI
   * would look for the thoughts themselves.
   */
  #remember(toolCallId: string, metadata: ProviderMetadata | undefined): void {
    const signed = Object.entries(metadata ?? {}).flatMap(([provider, { thoughtSignature }]) =>
      thoughtSignature === undefined ? [] : [[provider, { thoughtSignature }] as const],
    );
    if (signed.length === 0) return;
    this.#providerData.set(toolCallId, Object.fromEntries(signed));
    const [oldest] = this.#providerData.keys();
    if (this.#providerData.size > MAX_REMEMBERED_CALLS && oldest !== undefined) this.#providerData.delete(oldest);
  }

  /** Throws a ServiceError if the answer is not complete. */
  #checkEnd(reason: string | undefined, hasAnswer: boolean): void {
    const failed = (what: string, failure: Partial<VendorFailure>): Error =>
      createVendorError({ service: this.name, what, ...failure });
    if (reason === undefined) throw failed("received an answer that was cut", { category: "connectivity" });
    if (reason === "content-filter") {
      const what = "received no whole answer: the content filter stopped it";
      throw failed(what, { category: "invalidRequest", permanent: false });
    }
    if (reason === "error") throw failed("received an answer that the provider gave up", { category: "server" });
    if (reason === "length") {
      if (hasAnswer) {
        this.logger.warn(`The answer of ${this.name} was cut at its limit of tokens.`);
        return;
      }
      const what = "received no whole answer: the model reached its limit of tokens before the first word";
      throw failed(what, { category: "invalidRequest", permanent: false, advice: "Raise maxOutputTokens." });
    }
    if (!hasAnswer) throw failed("received an empty answer", { category: "server" });
  }

  #toOptions(sdk: AiSdk, context: LLMContext, signal: AbortSignal): StreamOptions {
    const { model, ...settings } = this.settings;
    const { instructions, messages } = toAiSdkPrompt(context.messages, (id) => this.#providerData.get(id));
    const tools: ToolSet = {};
    for (const { name, description, parameters } of context.tools)
      tools[name] = sdk.tool({ description, inputSchema: sdk.jsonSchema(parameters) });
    return withoutUndefined({
      ...settings,
      model,
      instructions,
      messages,
      headers: this.#headers,
      // A choice without functions is refused by some providers.
      ...(context.tools.length > 0 && { tools, toolChoice: toToolChoice(context.toolChoice) }),
      abortSignal: signal,
      maxRetries: 0,
      // The error is in the stream as well; by default it is printed.
      onError: () => undefined,
    }) as StreamOptions;
  }

  /** Loads the package once. Also without a setup, for `generateText`. */
  #load(): Promise<AiSdk> {
    this.#sdk ??= loadPeer(this.name, "ai", () => import("ai"));
    return this.#sdk;
  }
}

function nameOf(model: LanguageModel): string {
  return typeof model === "string" ? model : model.modelId;
}

function toToolChoice(choice: ToolChoice): StreamOptions["toolChoice"] {
  return typeof choice === "string" ? choice : { type: "tool", toolName: choice.name };
}

function toUsage({
  inputTokens,
  outputTokens,
  totalTokens,
  ...details
}: LanguageModelUsage): LLMTokenUsage | undefined {
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  return {
    promptTokens: inputTokens,
    completionTokens: outputTokens,
    totalTokens: totalTokens ?? inputTokens + outputTokens,
    cacheReadInputTokens: details.inputTokenDetails.cacheReadTokens,
    cacheCreationInputTokens: details.inputTokenDetails.cacheWriteTokens,
    reasoningTokens: details.outputTokenDetails.reasoningTokens,
  };
}
