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
import { estimateTokens, messagesToSummarize, toTranscript } from "./summary-selection.ts";

/** Answers a context in one piece, besides the conversation; every LLMService does. */
export interface TextGenerator {
  generateText(messages: readonly LLMMessage[], options: { readonly signal: AbortSignal }): Promise<string>;
}

export interface LLMContextSummarizerOptions {
  /** Who writes the summary: the bot's own model service, or another that is cheaper. */
  readonly llm: TextGenerator;
  /** Summarise when the context has about so many tokens (a token is taken for 4 characters). Default 8000; 0: never. */
  readonly maxContextTokens?: number;
  /** Summarise when so many messages have come since the last summary. Default 20; 0: never. */
  readonly maxUnsummarizedMessages?: number;
  /** The latest messages stay as they are, so many of them. Default 4. */
  readonly minMessagesToKeep?: number;
  /** The summary is asked to be no longer. Default 1500. */
  readonly targetTokens?: number;
  /** Default 60 000. */
  readonly timeoutMs?: number;
  /** What the summary is to be like; replaces the default instructions. */
  readonly prompt?: string;
  /** What the summary becomes in the context. Default: "Summary of the conversation so far: …". */
  readonly template?: (summary: string) => string;
}

export interface SummaryApplied {
  readonly messagesBefore: number;
  readonly messagesAfter: number;
  readonly summarizedMessages: number;
}

/** A type, not an interface: only a type alias has the index signature that the emitter asks for. */
export type LLMContextSummarizerEvents = {
  /** The summary is in the context. */
  summaryApplied: [applied: SummaryApplied];
};

const PROMPT =
  "You shorten conversations between a user and an assistant. Write down what the assistant must still know: facts and " +
  "names, decisions, what the user wants, what is promised or open, and results of functions. Keep the order, leave out " +
  "greetings and repetitions, add nothing. Answer with the summary only, in the language of the conversation.";

/**
 * Keeps a long conversation within what a model can read: when the context has grown too long, older messages are replaced
 * by a summary that a model writes, while the conversation goes on. Put it anywhere behind the model service. It looks
 * after each answer, and at once when an LLMSummarizeContextFrame comes. The system message and the latest messages stay,
 * and so does every function call that has no result yet. When the summary fails, the context stays as it is, and the
 * next answer tries again.
 */
export class LLMContextSummarizer extends FrameProcessor<LLMContextSummarizerEvents> {
  readonly #context: LLMContext;
  readonly #options: Required<Omit<LLMContextSummarizerOptions, "llm">> & Pick<LLMContextSummarizerOptions, "llm">;
  /** The summary that is in the context. */
  #summary: LLMMessage | undefined;
  #running: AbortController | undefined;

  /** @throws InvalidOptionError for options outside their range, and when neither limit is above 0. */
  constructor(context: LLMContext, options: LLMContextSummarizerOptions) {
    super({ name: "LLMContextSummarizer" });
    this.#context = context;
    this.#options = {
      llm: options.llm,
      maxContextTokens: atLeast("maxContextTokens", options.maxContextTokens ?? 8000, 0),
      maxUnsummarizedMessages: atLeast("maxUnsummarizedMessages", options.maxUnsummarizedMessages ?? 20, 0),
      minMessagesToKeep: atLeast("minMessagesToKeep", options.minMessagesToKeep ?? 4, 0),
      targetTokens: atLeast("targetTokens", options.targetTokens ?? 1500, 1),
      timeoutMs: atLeast("timeoutMs", options.timeoutMs ?? 60_000, 1),
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
    const old = messagesToSummarize(this.#context.messages, minMessagesToKeep);
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

  /** Messages may have come behind those that were summarised; when those themselves have changed, it is void. */
  #apply(old: readonly LLMMessage[], summary: LLMMessage): void {
    const { messages } = this.#context;
    const first = old[0] === undefined ? -1 : messages.indexOf(old[0]);
    if (first < 0 || old.some((message, at) => messages[first + at] !== message)) {
      this.logger.warn(`${this.name}: the context has changed meanwhile; its summary is dropped.`);
      return;
    }
    this.#context.set([...messages.slice(0, first), summary, ...messages.slice(first + old.length)]);
    this.#summary = summary;
    const messagesAfter = this.#context.messages.length;
    this.emit("summaryApplied", { messagesBefore: messages.length, messagesAfter, summarizedMessages: old.length });
  }
}

function atLeast(field: string, value: number, least: number): number {
  if (!Number.isFinite(value) || value < least)
    throw new InvalidOptionError(field, `must be ${least} or more; got ${value}.`);

  return value;
}
