import {
  BotResumeSpeakingFrame,
  EagerEndOfTurnCancelFrame,
  EagerEndOfTurnConfirmFrame,
  EndFrame,
  type Frame,
  type FrameDirection,
  type FunctionCall,
  InterruptionFrame,
  LLMConfigureOutputFrame,
  LLMContext,
  LLMContextFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  type LLMMessage,
  LLMServiceMetadataFrame,
  LLMTextFrame,
  LLMThoughtEndFrame,
  LLMThoughtStartFrame,
  LLMThoughtTextFrame,
  LLMUpdateSettingsFrame,
  type ServiceSettings,
  type TurnSpeculation,
} from "../frames/index.ts";
import type { FrameProcessorOptions, ProcessContext } from "../pipeline/index.ts";
import { asError } from "../util/errors.ts";
import { AbortScope } from "./abort-scope.ts";
import { AIService } from "./ai-service.ts";
import type { DefinedFunction } from "./functions/define-function.ts";
import { FunctionCallRunner } from "./functions/function-call-runner.ts";
import { type FunctionHandler, type FunctionOptions, FunctionRegistry } from "./functions/function-registry.ts";
import type { LLMChunk } from "./llm-chunk.ts";
import { contextWith, Speculation, type Verdict } from "./speculation.ts";
import { bounded } from "./work-bounds.ts";

const DEFAULT_CHUNK_TIMEOUT_MS = 30_000;
/** For a model whose answer was cut while it was being written: without it, models greet again or start over. */
const GO_ON = "The user made a sound but said nothing. Go on exactly where you were cut off; repeat nothing.";

export interface LLMServiceOptions extends FrameProcessorOptions {
  /** How long the next piece of an answer may take, the first included. Default 30 000. */
  readonly chunkTimeoutMs?: number;
}

/**
 * A model that answers. Implement `generate`; the frames, the function calls and all that an interruption needs are done
 * here. An interruption aborts the answer, and an answer that was aborted or has failed calls no functions.
 */
export abstract class LLMService<S extends object = ServiceSettings> extends AIService<S> {
  readonly #chunkTimeoutMs: number;
  readonly #functions = new FunctionRegistry();
  readonly #calls: FunctionCallRunner;
  #skipTTS = false;
  /** The answer that is written ahead of time. */
  #speculation: { readonly id: number; readonly speculation: Speculation } | undefined;
  #lastVerdict: { readonly id: number; readonly verdict: Verdict } | undefined;
  /** The answer that the last interruption cut while it was being written. `fresh`: that interruption is on its way. */
  #cut: { readonly context: LLMContext; fresh: boolean } | undefined;
  /** What the model was asked to go on with. */
  #resumed: { readonly context: LLMContext; readonly messages: readonly LLMMessage[] } | undefined;

  constructor(settings: S, options: LLMServiceOptions = {}) {
    super(settings, options);
    this.#chunkTimeoutMs = options.chunkTimeoutMs ?? DEFAULT_CHUNK_TIMEOUT_MS;
    this.#calls = new FunctionCallRunner(this.#functions, {
      clock: () => this.clock,
      broadcast: (make) => this.broadcast(make),
      pushError: (error) => this.pushError(error, { category: "application" }),
    });
  }

  /** The function runs when the model calls it by its name. Put it into the context's `tools`, too. */
  registerFunction(definition: DefinedFunction): void;
  registerFunction(name: string, handler: FunctionHandler, options?: FunctionOptions): void;
  registerFunction(
    nameOrDefinition: string | DefinedFunction,
    handler?: FunctionHandler,
    options?: FunctionOptions,
  ): void {
    if (typeof nameOrDefinition === "object") {
      const { tool, ...defined } = nameOrDefinition;
      this.#functions.register(tool.name, defined.handler, defined.options);
    } else if (handler) {
      this.#functions.register(nameOrDefinition, handler, options);
    }
  }

  /** Runs for calls of functions that are not registered; without one, the model is told that there is none. */
  registerFallbackFunction(handler: FunctionHandler, options?: FunctionOptions): void {
    this.#functions.registerFallback(handler, options);
  }

  unregisterFunction(name: string): void {
    this.#functions.unregister(name);
  }

  /**
   * Answers the messages in one piece, besides the conversation: nothing is pushed, spoken or remembered, and the model has
   * no functions. Rejects as the model's answer fails, and when a piece takes longer than `chunkTimeoutMs`.
   */
  async generateText(
    messages: readonly LLMMessage[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<string> {
    using scope = new AbortScope(...(options.signal ? [options.signal] : []));
    const { signal } = scope;
    const what = `The answer of ${this.name}`;
    const bounds = { clock: this.clock, signal, timeoutMs: this.#chunkTimeoutMs, what };
    let text = "";
    try {
      for await (const chunk of bounded(this.generate(new LLMContext(messages), signal), bounds)) {
        if (chunk.type === "text") text += chunk.text;
        else if (chunk.type === "usage") this.metrics.llmUsage(chunk.usage);
      }
    } catch (thrown) {
      scope.abort(asError(thrown));
      throw thrown;
    }
    return text;
  }

  protected override canGenerateMetrics(): boolean {
    return true;
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    // The assistant aggregator, behind the output, sends its context upstream.
    if (frame instanceof LLMContextFrame) {
      if (frame.speculation) return this.#speculate(frame.context, frame.speculation, ctx);
      return direction === "upstream" && this.#isAnswered(frame.context) ? undefined : this.#answer(frame.context, ctx);
    }
    if (frame instanceof BotResumeSpeakingFrame && direction === "downstream" && this.#cut) return this.#goOn(ctx);
    if (frame instanceof LLMUpdateSettingsFrame) return this.updateSettings(frame.settings, ctx);
    if (frame instanceof LLMConfigureOutputFrame) {
      this.#skipTTS = frame.skipTTS;
      return;
    }
    if (frame instanceof EagerEndOfTurnConfirmFrame || frame instanceof EagerEndOfTurnCancelFrame) this.#settle(frame);
    if (frame instanceof InterruptionFrame) this.#interrupted();
    // Nobody is left to tell the results to.
    if (frame instanceof EndFrame) this.#calls.cancelAll();
    return super.process(frame, direction, ctx);
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.#calls.cancelAll();
  }

  /**
   * Answers the context, piece by piece. `signal` aborts on an interruption, and when a piece takes too long; pass it to
   * the provider's client, which costs money as long as it goes on.
   */
  protected abstract generate(context: LLMContext, signal: AbortSignal): AsyncIterable<LLMChunk>;

  protected override metadata(): LLMServiceMetadataFrame {
    return new LLMServiceMetadataFrame(this.name, false);
  }

  /** The handler lasts until the turn has ended: what comes behind it must not overtake what it holds. */
  async #speculate(context: LLMContext, { id, text }: TurnSpeculation, ctx: ProcessContext): Promise<void> {
    using speculation = new Speculation(ctx);
    this.#speculation = { id, speculation };
    // The verdict is a system frame: it may have overtaken the question.
    if (this.#lastVerdict?.id === id) speculation.settle(this.#lastVerdict.verdict);
    await this.#answer(contextWith(context, text), speculation, { context, verdict: speculation.verdict });
    await speculation.verdict;
    // What was never to be said is not to be resumed either.
    if (speculation.signal.aborted) this.#cut = undefined;
    if (this.#speculation.id === id) this.#speculation = undefined;
  }

  #settle(frame: EagerEndOfTurnConfirmFrame | EagerEndOfTurnCancelFrame): void {
    const { speculationId: id } = frame;
    if (id === undefined) return;
    const verdict = frame instanceof EagerEndOfTurnConfirmFrame ? "confirmed" : "withdrawn";
    this.#lastVerdict = { id, verdict };
    if (this.#speculation?.id === id) this.#speculation.speculation.settle(verdict);
  }

  #interrupted(): void {
    const cancelled = this.#calls.interrupt();
    if (cancelled) this.#cut = { context: cancelled, fresh: false };
    else if (this.#cut?.fresh === true) this.#cut.fresh = false;
    else this.#cut = undefined;
  }

  /** The rest of an answer that was being written is known to nobody but the model. */
  #goOn(ctx: ProcessContext): Promise<void> | undefined {
    const context = this.#cut?.context;
    if (!context) return undefined;
    const { role, interrupted } = context.messages.at(-1) ?? {};
    if (role === "assistant" && interrupted === true) context.add({ role: "developer", content: GO_ON });
    const answer = this.#answer(context, ctx);
    this.#resumed = { context, messages: [...context.messages] };
    return answer;
  }

  /** Results of functions that the resumed answer has taken in already ask for no second one. */
  #isAnswered(context: LLMContext): boolean {
    const { messages } = this.#resumed ?? {};
    if (this.#resumed?.context !== context || messages?.length !== context.messages.length) return false;
    return messages.every((message, at) => message === context.messages[at]);
  }

  /** `ahead`: the turn may not be over; functions are called when it is, on the context as it is then. */
  async #answer(
    context: LLMContext,
    ctx: ProcessContext,
    ahead?: { readonly context: LLMContext; readonly verdict: Promise<Verdict> },
  ): Promise<void> {
    this.#cut = undefined;
    this.#resumed = undefined;
    if (!this.accepts(ctx)) return;
    const { signal } = ctx;
    const onCut = (): void => {
      this.#cut = { context, fresh: true };
    };
    signal.addEventListener("abort", onCut, { once: true });
    const skipTTS = this.#skipTTS;
    let calls: readonly FunctionCall[] = [];
    ctx.push(new LLMFullResponseStartFrame({ skipTTS }));
    this.metrics.startProcessing();
    this.metrics.startTtfb();
    try {
      calls = await this.#generate(context, skipTTS, ctx);
    } catch (thrown) {
      ctx.pushError(asError(thrown));
    } finally {
      signal.removeEventListener("abort", onCut);
      // After an interruption it goes nowhere, and the metrics have been stopped.
      if (!ctx.signal.aborted) this.metrics.stopProcessing();
      ctx.push(new LLMFullResponseEndFrame({ skipTTS }));
    }
    await ahead?.verdict;
    if (!ctx.signal.aborted) this.#calls.run(calls, ahead?.context ?? context);
  }

  /** The context with the tools by which the model may stop its calls. */
  #offered(context: LLMContext): LLMContext {
    const { messages, tools, toolChoice } = context;
    const cancelTools = this.#functions.cancelTools(tools);
    return cancelTools.length === 0
      ? context
      : new LLMContext(messages, { tools: [...tools, ...cancelTools], toolChoice });
  }

  /** Pushes the answer; returns the calls it asks for. */
  async #generate(context: LLMContext, skipTTS: boolean, ctx: ProcessContext): Promise<readonly FunctionCall[]> {
    const calls: FunctionCall[] = [];
    let thinking = false;
    using scope = new AbortScope(ctx.signal);
    const { signal } = scope;
    const what = `The answer of ${this.name}`;
    try {
      const bounds = { clock: this.clock, signal, timeoutMs: this.#chunkTimeoutMs, what };
      for await (const chunk of bounded(this.generate(this.#offered(context), signal), bounds)) {
        this.metrics.stopTtfb();
        if (thinking && chunk.type !== "thought") {
          thinking = false;
          ctx.push(new LLMThoughtEndFrame());
        }
        switch (chunk.type) {
          case "text":
            this.metrics.stopTtfat();
            ctx.push(new LLMTextFrame(chunk.text, { skipTTS: skipTTS || undefined }));
            break;
          case "thought":
            if (!thinking) ctx.push(new LLMThoughtStartFrame());
            thinking = true;
            ctx.push(new LLMThoughtTextFrame(chunk.text));
            break;
          case "toolCall":
            calls.push({ functionName: chunk.name, toolCallId: chunk.id, arguments: chunk.arguments });
            break;
          case "usage":
            this.metrics.llmUsage(chunk.usage);
        }
      }
      return calls;
    } catch (thrown) {
      scope.abort(asError(thrown));
      throw thrown;
    } finally {
      if (thinking) ctx.push(new LLMThoughtEndFrame());
    }
  }
}
