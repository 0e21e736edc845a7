import { randomUUID } from "node:crypto";

import type { LLMTokenUsage } from "../../frames/index.ts";
import type { LLMChunk } from "../llm-chunk.ts";
import { createVendorError } from "../vendor/index.ts";

/** A fragment of a function call. Compatible servers omit any of its fields. */
interface CallFragment {
  readonly index?: number | null;
  readonly id?: string | null;
  readonly function?: { readonly name?: string | null; readonly arguments?: string | null } | null;
}

/** A chunk of a streamed chat completion, with what is read here. Compatible servers omit any of its fields. */
export interface ChatChunk {
  readonly choices?:
    | readonly {
        readonly delta?: {
          readonly content?: string | null;
          readonly refusal?: string | null;
          /** Thoughts, as DeepSeek, vLLM and LM Studio send them. */
          readonly reasoning_content?: string | null;
          /** Thoughts, as Groq, Ollama and OpenRouter send them. */
          readonly reasoning?: string | null;
          readonly tool_calls?: readonly CallFragment[] | null;
        } | null;
        readonly finish_reason?: string | null;
      }[]
    | null;
  readonly usage?: {
    readonly prompt_tokens?: number | null;
    readonly completion_tokens?: number | null;
    readonly total_tokens?: number | null;
    readonly prompt_tokens_details?: { readonly cached_tokens?: number | null } | null;
    readonly completion_tokens_details?: { readonly reasoning_tokens?: number | null } | null;
  } | null;
}

interface PartialCall {
  readonly index: number;
  id: string;
  name: string;
  arguments: string;
}

/** Reads one streamed chat completion: {@link read} its chunks, then the {@link end}. */
export class ChatStreamReader {
  readonly #service: string;
  readonly #calls: PartialCall[] = [];
  /** Ids of calls in the context: some servers count from 0 in every answer. */
  readonly #usedIds: Set<string>;
  #usage: ChatChunk["usage"];
  #hasAnswer = false;
  #finishReason: string | undefined;

  /** `usedIds` are the ids of the calls that the context has already. */
  constructor(service: string, usedIds: Iterable<string>) {
    this.#service = service;
    this.#usedIds = new Set(usedIds);
  }

  /** Why the model stopped; undefined before it has. */
  get finishReason(): string | undefined {
    return this.#finishReason;
  }

  /** Whether any text or call has arrived. */
  get hasAnswer(): boolean {
    return this.#hasAnswer || this.#calls.length > 0;
  }

  *read({ choices, usage }: ChatChunk): Generator<LLMChunk> {
    this.#usage = usage ?? this.#usage;
    const [choice] = choices ?? [];
    if (choice === undefined) return;
    const { content, refusal, reasoning_content: thought, reasoning, tool_calls: fragments } = choice.delta ?? {};
    const thoughts = thought ?? reasoning ?? "";
    if (thoughts !== "") yield { type: "thought", text: thoughts };
    // What a model says when it refuses is meant for the user.
    for (const text of [content, refusal]) {
      if (typeof text !== "string" || text === "") continue;
      this.#hasAnswer ||= text.trim() !== "";
      yield { type: "text", text };
    }
    for (const fragment of fragments ?? []) this.#add(fragment);
    if (fragments && fragments.length > 0) yield { type: "progress" };
    this.#finishReason = choice.finish_reason ?? this.#finishReason;
  }

  /** What follows the last chunk: the calls and the usage. Throws a ServiceError if the answer is not complete. */
  *end(): Generator<LLMChunk> {
    const usage = toUsage(this.#usage);
    if (usage) yield { type: "usage", usage };
    const service = this.#service;
    if (this.#finishReason === undefined) {
      const what = "received an answer that was cut: the stream ended without a finish reason";
      throw createVendorError({ service, what, category: "connectivity" });
    }
    if (this.#finishReason === "content_filter") {
      const what = "received no whole answer: the content filter stopped it";
      throw createVendorError({ service, what, category: "invalidRequest", permanent: false });
    }
    const cut = this.#finishReason === "length";
    if (cut && (this.#calls.length > 0 || !this.#hasAnswer)) {
      const where = this.#calls.length > 0 ? "in the middle of a function call" : "before the first word";
      const what = `received no whole answer: the model reached its limit of tokens ${where}`;
      const advice = "Raise maxCompletionTokens or maxTokens.";
      throw createVendorError({ service, what, category: "invalidRequest", permanent: false, advice });
    }
    if (!this.hasAnswer) throw createVendorError({ service, what: "received an empty answer", category: "server" });
    for (const call of this.#calls) yield this.#toToolCall(call);
  }

  /** Joins fragments by index. Some servers omit the index, or use one index for calls with ids of their own. */
  #add({ index, id, function: fn }: CallFragment): void {
    const { name, arguments: piece } = fn ?? {};
    const last = this.#calls.at(-1);
    const known = index == null ? last : this.#calls.findLast((call) => call.index === index);
    const isNew = known === undefined || Boolean(id && name && known.id !== "" && known.id !== id);
    const call = isNew ? { index: index ?? this.#calls.length, id: "", name: "", arguments: "" } : known;
    if (isNew) this.#calls.push(call);
    if (call.id === "") call.id = id ?? "";
    if (call.name === "") call.name = name ?? "";
    call.arguments += piece ?? "";
  }

  #toToolCall({ id, name, arguments: text }: PartialCall): LLMChunk {
    if (name === "") {
      const what = "received a function call without a name";
      throw createVendorError({ service: this.#service, what, category: "server" });
    }
    const ownId = id === "" || this.#usedIds.has(id) ? `call_${randomUUID()}` : id;
    this.#usedIds.add(ownId);
    const args = parseArguments(text);
    const problem = args === undefined ? "they are not a JSON object." : undefined;
    return { type: "toolCall", id: ownId, name, arguments: args ?? {}, ...(problem !== undefined && { problem }) };
  }
}

/** Undefined if the text is no JSON object. For a function without arguments, servers also send "" and null. */
export function parseArguments(text: string): Readonly<Record<string, unknown>> | undefined {
  if (text.trim() === "") return {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (parsed === null) return {};
    return typeof parsed === "object" && !Array.isArray(parsed) ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function toUsage(usage: ChatChunk["usage"]): LLMTokenUsage | undefined {
  if (!usage) return undefined;
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = usage;
  if (typeof promptTokens !== "number" || typeof completionTokens !== "number") return undefined;
  return {
    promptTokens,
    completionTokens,
    totalTokens: usage.total_tokens ?? promptTokens + completionTokens,
    cacheReadInputTokens: usage.prompt_tokens_details?.cached_tokens ?? undefined,
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? undefined,
  };
}
