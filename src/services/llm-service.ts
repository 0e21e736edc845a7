import {
  BotResumeSpeakingFrame,
  EagerEndOfTurnCancelFrame,
  EagerEndOfTurnConfirmFrame,
  EndFrame,
  type Frame,
  type FrameDirection,
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
  type TurnSpeculation,
} from "../frames/index.ts";
import type { FrameProcessorOptions, ProcessContext } from "../pipeline/index.ts";
import { asError } from "../util/errors.ts";
import { AbortScope } from "./abort-scope.ts";
import { AIService } from "./ai-service.ts";
import type { DefinedFunction } from "./functions/define-function.ts";
import { FunctionCallRunner, type RequestedCall } from "./functions/function-call-runner.ts";
import { type FunctionHandler, type FunctionOptions, FunctionRegistry } from "./functions/function-registry.ts";
import type { LLMChunk } from "./llm-chunk.ts";
import { extendContext, Speculation, type Verdict } from "./speculation.ts";
import { iterateWithin } from "./work-bounds.ts";

const DEFAULT_CHUNK_TIMEOUT_MS = 30_000;
/** Instruction to a model whose answer was cut while it was generated: without it, models greet again or start over. */
const RESUME_PROMPT = "The user made a sound but said nothing. Go on exactly where you were cut off; repeat nothing.";

/** Options of an {@link LLMService}. */
export interface LLMServiceOptions extends FrameProcessorOptions {
  /** How long each piece of an answer may take, including the first, in milliseconds. Default 30 000. */
  readonly chunkTimeoutMs?: number;
}

/**
 * Base class of LLM services. Implement `generate`; this class handles frames, function calls and interruptions. An
 * interruption aborts the answer. An answer that was aborted or has failed calls no functions.
 */
export abstract class LLMService<S extends object = object> extends AIService<S> {
  readonly #chunkTimeoutMs: number;
  readonly #functions = new FunctionRegistry();
  readonly #calls: FunctionCallRunner;
  #skipTTS = false;
  /** The answer that is generated ahead of time. */
  #speculation: { readonly id: number; readonly speculation: Speculation } | undefined;
  #lastVerdict: { readonly id: number; readonly verdict: Verdict } | undefined;
  /**
   * The answer that the last interruption cut while it was generated. `fresh`: the InterruptionFrame has not arrived
   * yet.
   */
  #cut: { readonly context: LLMContext; fresh: boolean } | undefined;
  /** The context that the model was asked to resume. */
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

  /** Registers a function that the model may call. Add its definition to the context's `tools` too. */
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

  /** Registers a handler for calls of functions that are not registered. Without it, the model receives an error. */
  registerFallbackFunction(handler: FunctionHandler, options?: FunctionOptions): void {
    this.#functions.registerFallback(handler, options);
  }

  /** Removes a function. */
  unregisterFunction(name: string): void {
    this.#functions.unregister(name);
  }

  /**
   * Generates an answer to the messages outside the conversation: nothing is pushed, spoken or added to a context, and
   * the model has no functions. Rejects when the answer fails, `signal` aborts, or a piece takes longer than
   * `chunkTimeoutMs`.
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
      for await (const chunk of iterateWithin(this.generate(new LLMContext(messages), signal), bounds)) {
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
    // An upstream context is from the assistant aggregator behind the output.
    if (frame instanceof LLMContextFrame) {
      if (frame.speculation) return this.#speculate(frame.context, frame.speculation, ctx);
      return direction === "upstream" && this.#isAnswered(frame.context) ? undefined : this.#answer(frame.context, ctx);
    }
    if (frame instanceof BotResumeSpeakingFrame && direction === "downstream" && this.#cut) return this.#resume(ctx);
    if (frame instanceof LLMUpdateSettingsFrame) return this.updateSettings(frame.settings, ctx);
    if (frame instanceof LLMConfigureOutputFrame) {
      this.#skipTTS = frame.skipTTS;
      return;
    }
    if (frame instanceof EagerEndOfTurnConfirmFrame || frame instanceof EagerEndOfTurnCancelFrame) this.#settle(frame);
    if (frame instanceof InterruptionFrame) this.#handleInterruption();
    // Nothing is left to take the results.
    if (frame instanceof EndFrame) this.#calls.cancelAll();
    return super.process(frame, direction, ctx);
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.#calls.cancelAll();
  }

  /**
   * Generates the answer to a context, piece by piece. `signal` aborts on an interruption and when a piece takes too
   * long. Pass it to the provider's client: a request costs money as long as it runs.
   */
  protected abstract generate(context: LLMContext, signal: AbortSignal): AsyncIterable<LLMChunk>;

  protected override metadata(): LLMServiceMetadataFrame {
    return new LLMServiceMetadataFrame(this.name, false);
  }

  /**
   * Answers ahead of time. The handler runs until the turn has ended: later frames must not overtake those it holds.
   */
  async #speculate(context: LLMContext, { id, text }: TurnSpeculation, ctx: ProcessContext): Promise<void> {
    using speculation = new Speculation(ctx);
    this.#speculation = { id, speculation };
    // The verdict is a system frame: it may have overtaken the request.
    if (this.#lastVerdict?.id === id) speculation.settle(this.#lastVerdict.verdict);
    await this.#answer(extendContext(context, text), speculation, { context, verdict: speculation.verdict });
    await speculation.verdict;
    // An answer that was withdrawn must not be resumed either.
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

  #handleInterruption(): void {
    const cancelled = this.#calls.interrupt();
    if (cancelled) this.#cut = { context: cancelled, fresh: false };
    else if (this.#cut?.fresh === true) this.#cut.fresh = false;
    else this.#cut = undefined;
  }

  /** Asks the model to continue a cut answer: only the model knows the rest of it. */
  #resume(ctx: ProcessContext): Promise<void> | undefined {
    const context = this.#cut?.context;
    if (!context) return undefined;
    const { role, interrupted } = context.messages.at(-1) ?? {};
    if (role === "assistant" && interrupted === true) context.add({ role: "developer", content: RESUME_PROMPT });
    const answer = this.#answer(context, ctx);
    this.#resumed = { context, messages: [...context.messages] };
    return answer;
  }

  /** Whether the resumed answer already covers this context: function results in it need no second answer. */
  #isAnswered(context: LLMContext): boolean {
    const { messages } = this.#resumed ?? {};
    if (this.#resumed?.context !== context || messages?.length !== context.messages.length) return false;
    return messages.every((message, at) => message === context.messages[at]);
  }

  /**
   * Answers a context. `ahead`: the turn may not be over; functions are called once it is, with the context at that
   * time.
   */
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
    let calls: readonly RequestedCall[] = [];
    ctx.push(new LLMFullResponseStartFrame({ skipTTS }));
    this.metrics.startProcessing();
    this.metrics.startTtfb();
    try {
      calls = await this.#generate(context, skipTTS, ctx);
    } catch (thrown) {
      ctx.pushError(asError(thrown));
    } finally {
      signal.removeEventListener("abort", onCut);
      // After an interruption the frame is dropped, and the metrics have been stopped.
      if (!ctx.signal.aborted) this.metrics.stopProcessing();
      ctx.push(new LLMFullResponseEndFrame({ skipTTS }));
    }
    await ahead?.verdict;
    if (!ctx.signal.aborted) this.#calls.run(calls, ahead?.context ?? context);
  }

  /** Adds the tools by which the model may stop its calls. */
  #withCancelTools(context: LLMContext): LLMContext {
    const { messages, tools, toolChoice } = context;
    const cancelTools = this.#functions.createCancelTools(tools);
    return cancelTools.length === 0
      ? context
      : new LLMContext(messages, { tools: [...tools, ...cancelTools], toolChoice });
  }

  /** Pushes the answer and returns the calls it requests. */
  async #generate(context: LLMContext, skipTTS: boolean, ctx: ProcessContext): Promise<readonly RequestedCall[]> {
    const calls: RequestedCall[] = [];
    let thinking = false;
    using scope = new AbortScope(ctx.signal);
    const { signal } = scope;
    const what = `The answer of ${this.name}`;
    try {
      const bounds = { clock: this.clock, signal, timeoutMs: this.#chunkTimeoutMs, what };
      for await (const chunk of iterateWithin(this.generate(this.#withCancelTools(context), signal), bounds)) {
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
            calls.push({
              call: { functionName: chunk.name, toolCallId: chunk.id, arguments: chunk.arguments },
              problem: chunk.problem,
            });
            break;
          case "progress":
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
