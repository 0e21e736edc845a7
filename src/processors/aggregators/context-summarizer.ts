import {
  type Frame,
  type FrameDirection,
  type LLMContext,
  LLMFullResponseEndFrame,
  type LLMMessage,
  LLMSummarizeContextFrame,
} from "../../frames/index.ts";
import { FrameProcessor, type ProcessContext } from "../../pipeline/index.ts";
import { withDeadline } from "../../util/deadline.ts";
import { asError, InvalidOptionError } from "../../util/errors.ts";
import { estimateTokens, selectMessagesToSummarize, toTranscript } from "./summary-selection.ts";

/** Generates a text from messages, outside the conversation. Every LLMService is one. */
export interface TextGenerator {
  /** Generates the answer to the messages. Rejects when it fails or `signal` aborts. */
  generateText(messages: readonly LLMMessage[], options: { readonly signal: AbortSignal }): Promise<string>;
}

/** Options of an {@link LLMContextSummarizer}. */
export interface LLMContextSummarizerOptions {
  /** The model that writes the summary: the bot's own LLM service or a cheaper one. */
  readonly llm: TextGenerator;
  /** Summarises when the context has about this many tokens, at 4 characters per token. 0: never. Default 8000. */
  readonly maxContextTokens?: number;
  /** Summarises when this many messages were added since the last summary. 0: never. Default 20. */
  readonly maxUnsummarizedMessages?: number;
  /** How many of the latest messages are kept as they are. Default 4. */
  readonly minMessagesToKeep?: number;
  /** Length limit of the summary in tokens, passed to the model. Default 1500. */
  readonly targetTokens?: number;
  /** How long a summary may take, in milliseconds. Default 60 000. */
  readonly timeoutMs?: number;
  /** Instructions for the model; replaces the default ones. */
  readonly prompt?: string;
  /** Formats the summary for the context. Default: "Summary of the conversation so far: …". */
  readonly template?: (summary: string) => string;
}

/** What a summary has replaced. */
export interface SummaryApplied {
  /** Number of messages in the context before. */
  readonly messagesBefore: number;
  /** Number of messages in the context after. */
  readonly messagesAfter: number;
  /** Number of messages that the summary replaces. */
  readonly summarizedMessages: number;
}

// A type, not an interface: only a type alias has the index signature that the emitter requires.
/** Events of an {@link LLMContextSummarizer}. */
export type LLMContextSummarizerEvents = {
  /** A summary has replaced messages of the context. */
  summaryApplied: [applied: SummaryApplied];
};

const PROMPT =
  "You shorten conversations between a user and an assistant. Write down what the assistant must still know: facts and " +
  "names, decisions, what the user wants, what is promised or open, and results of functions. Keep the order, leave out " +
  "greetings and repetitions, add nothing. Answer with the summary only, in the language of the conversation.";

/**
 * Keeps a long conversation within a model's limits: when the context is too long, a model writes a summary that
 * replaces older messages, while the conversation continues. Put it anywhere behind the LLM service. It checks the
 * context after each answer, and summarises at once on an LLMSummarizeContextFrame. The system message, the latest
 * messages and function calls without a result are kept. If the summary fails, the context stays as it is, and the
 * summarizer tries again after the next answer.
 */
export class LLMContextSummarizer extends FrameProcessor<LLMContextSummarizerEvents> {
  readonly #context: LLMContext;
  readonly #options: Required<Omit<LLMContextSummarizerOptions, "llm">> & Pick<LLMContextSummarizerOptions, "llm">;
  /** The summary that is in the context. */
  #summary: LLMMessage | undefined;
  #running: AbortController | undefined;

  /** @throws InvalidOptionError for options that are out of range, or if neither limit is above 0. */
  constructor(context: LLMContext, options: LLMContextSummarizerOptions) {
    super({ name: "LLMContextSummarizer" });
    this.#context = context;
    this.#options = {
      llm: options.llm,
      maxContextTokens: requireAtLeast("maxContextTokens", options.maxContextTokens ?? 8000, 0),
      maxUnsummarizedMessages: requireAtLeast("maxUnsummarizedMessages", options.maxUnsummarizedMessages ?? 20, 0),
      minMessagesToKeep: requireAtLeast("minMessagesToKeep", options.minMessagesToKeep ?? 4, 0),
      targetTokens: requireAtLeast("targetTokens", options.targetTokens ?? 1500, 1),
      timeoutMs: requireAtLeast("timeoutMs", options.timeoutMs ?? 60_000, 1),
      prompt: options.prompt ?? PROMPT,
      template: options.template ?? ((summary) => `Summary of the conversation so far: ${summary}`),
    };
    if (this.#options.maxContextTokens === 0 && this.#options.maxUnsummarizedMessages === 0)
      throw new InvalidOptionError("maxContextTokens", "or maxUnsummarizedMessages must be greater than 0.");
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void {
    if (frame instanceof LLMSummarizeContextFrame) {
      void this.#summarize();
      return;
    }
    ctx.push(frame, direction);
    if (frame instanceof LLMFullResponseEndFrame && this.#isTooLong()) void this.#summarize();
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.#running?.abort();
  }

  #isTooLong(): boolean {
    const { maxContextTokens, maxUnsummarizedMessages } = this.#options;
    const { messages } = this.#context;
    const since = this.#summary === undefined ? -1 : messages.lastIndexOf(this.#summary);
    const unsummarized = messages.length - 1 - Math.max(since, messages[0]?.role === "system" ? 0 : -1);
    return (
      (maxContextTokens > 0 && estimateTokens(messages) >= maxContextTokens) ||
      (maxUnsummarizedMessages > 0 && unsummarized >= maxUnsummarizedMessages)
    );
  }

  async #summarize(): Promise<void> {
    if (this.#running) return;
    const { llm, minMessagesToKeep, targetTokens, timeoutMs, prompt } = this.#options;
    const old = selectMessagesToSummarize(this.#context.messages, minMessagesToKeep);
    if (old.length === 0 || (old.length === 1 && old[0] === this.#summary)) return;
    const running = new AbortController();
    this.#running = running;
    try {
      const request: readonly LLMMessage[] = [
        { role: "system", content: `${prompt} Use at most ${Math.round(targetTokens * 0.75)} words.` },
        { role: "user", content: toTranscript(old) },
      ];
      const written = llm.generateText(request, { signal: running.signal });
      const summary = await withDeadline(this.clock, written, timeoutMs, "The summary of the conversation");
      if (running.signal.aborted) return;
      if (summary.trim() === "") throw new Error("The summary of the conversation is empty.");
      this.#apply(old, { role: "developer", content: this.#options.template(summary.trim()) });
    } catch (thrown) {
      const error = asError(thrown);
      if (!running.signal.aborted) this.pushError(error);
      running.abort(error);
    } finally {
      this.#running = undefined;
    }
  }

  /**
   * Messages may have been added after the summarised ones. If those themselves have changed, the summary is dropped.
   */
  #apply(old: readonly LLMMessage[], summary: LLMMessage): void {
    const { messages } = this.#context;
    const first = old[0] === undefined ? -1 : messages.indexOf(old[0]);
    if (first < 0 || old.some((message, at) => messages[first + at] !== message)) {
      this.logger.warn(`${this.name}: the context changed while it was summarised; the summary is dropped.`);
      return;
    }
    this.#context.set([...messages.slice(0, first), summary, ...messages.slice(first + old.length)]);
    this.#summary = summary;
    const messagesAfter = this.#context.messages.length;
    this.emit("summaryApplied", { messagesBefore: messages.length, messagesAfter, summarizedMessages: old.length });
  }
}

function requireAtLeast(field: string, value: number, least: number): number {
  if (!Number.isFinite(value) || value < least)
    throw new InvalidOptionError(field, `must be ${least} or more; got ${value}.`);
  return value;
}
