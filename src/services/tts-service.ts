import {
  AggregatedTextFrame,
  BotResumeSpeakingFrame,
  BotSpeakingFrame,
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  EndFrame,
  ErrorFrame,
  type Frame,
  type FrameDirection,
  InterruptionFrame,
  LLMAssistantPushAggregationFrame,
  LLMContextAssistantTurnFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  LLMTextFrame,
  type ServiceSettings,
  StopFrame,
  TextFrame,
  TTSSpeakFrame,
  TTSStoppedFrame,
  TTSUpdateSettingsFrame,
} from "../frames/index.ts";
import {
  type FrameProcessorOptions,
  InterruptedError,
  type ProcessContext,
  type ProcessorSetup,
} from "../pipeline/index.ts";
import { asError } from "../util/errors.ts";
import { AbortScope } from "./abort-scope.ts";
import { AIService } from "./ai-service.ts";
import { SentenceAggregator } from "./text/sentence-aggregator.ts";
import { SilentServiceError } from "./service-errors.ts";
import { SpeakingPause } from "./speech/speaking-pause.ts";
import { SpeechContext, type SpeechContextFields } from "./speech/speech-context.ts";
import { type TextAggregator, TokenAggregator } from "./text/text-aggregator.ts";
import type { TextFilter } from "./text/text-filter.ts";
import { UnheardSpeech } from "./speech/unheard-speech.ts";
import { type SpokenWord, UnitSpeech } from "./speech/unit-speech.ts";
import { bounded } from "./work-bounds.ts";

/** A context that has gone without audio for this long is over. */
const AUDIO_TIMEOUT_MS = 3000;
/** After this many contexts in a row without any audio the service is unusable. */
const MAX_SILENT_CONTEXTS = 3;

/** A piece of synthesised speech, as it streams in. */
export type TTSChunk =
  /** Mono. */
  | { readonly type: "audio"; readonly pcm: Int16Array }
  | { readonly type: "words"; readonly words: readonly SpokenWord[] };

export interface TTSServiceOptions extends FrameProcessorOptions {
  /** Of the audio that `runTTS` gives, in Hz. Default: the task's output rate. */
  readonly sampleRate?: number;
  /** What is spoken at a time. Default "sentence"; "token" is for providers that take a stream of words. */
  readonly aggregation?: "sentence" | "token" | TextAggregator;
  /** Change the text before it is spoken, in this order. */
  readonly textFilters?: readonly TextFilter[];
  /** Whether what follows an answer waits until the bot has said it. Default false. */
  readonly pauseWhileSpeaking?: boolean;
  /** How long the next piece of audio may take, the first included. Default 3000. */
  readonly audioTimeoutMs?: number;
}

/** A piece of text to say. */
interface Unit {
  /** As it came, with the white space before it. */
  readonly raw: string;
  readonly aggregatedBy: string;
}

/**
 * Text to speech. Implement `runTTS`; order, interruptions and words are done here. For each piece of text there leave,
 * in this order: AggregatedTextFrame (it is going to be said), with the first audio of an utterance TTSStartedFrame, the
 * audio, TTSTextFrame (it was said), and at the end of the utterance TTSStoppedFrame. One answer of the model is one
 * utterance, and so is a TTSSpeakFrame; texts are spoken one after the other, so that none overtakes another.
 *
 * With times of words, each word is a TTSTextFrame of its own whose `ptsMs` says when it is heard if the first audio of
 * the utterance is heard at once; without them one TTSTextFrame follows the audio of its text. Text of which no audio
 * came is not said, and no TTSTextFrame tells of it.
 */
export abstract class TTSService<S extends object = ServiceSettings> extends AIService<S> {
  readonly #options: TTSServiceOptions;
  readonly #aggregator: TextAggregator;
  readonly #pause: SpeakingPause;
  readonly #unheard = new UnheardSpeech();
  #sampleRate = 24_000;
  /** The answer of the model that is coming in. */
  #answer: { readonly skipTTS: boolean; contexts: number } | undefined;
  #context: SpeechContext | undefined;
  #contexts = 0;
  /** Text has come since the last piece was complete. */
  #collecting = false;
  #silentContexts = 0;
  #interruptions = 0;

  constructor(settings: S, options: TTSServiceOptions = {}) {
    super(settings, options);
    this.#options = options;
    const { aggregation = "sentence" } = options;
    if (typeof aggregation === "object") this.#aggregator = aggregation;
    else this.#aggregator = aggregation === "token" ? new TokenAggregator() : new SentenceAggregator();
    this.#pause = new SpeakingPause({
      clock: () => this.clock,
      // What goes upstream, such as a context for the model, has nothing to wait for.
      pause: () => this.pause({ direction: "downstream" }),
      resume: () => this.resume(),
      onStuck: () => this.logger.warn(`${this.name} waited for the bot to speak, and it does not; it goes on.`),
    });
    this.on("usableChanged", (usable) => {
      if (usable) this.#silentContexts = 0;
    });
  }

  protected override canGenerateMetrics(): boolean {
    return true;
  }

  /** Of its audio, in Hz. */
  get sampleRate(): number {
    return this.#sampleRate;
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    this.#sampleRate = this.#options.sampleRate ?? setup.audioOutSampleRate;
  }

  override queueFrame(frame: Frame, direction: FrameDirection = "downstream"): void {
    if (direction === "downstream" || frame instanceof InterruptionFrame) this.#unheard.queued(frame);
    super.queueFrame(frame, direction);
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    if (frame.category === "system") {
      this.#watch(frame);
      return super.process(frame, direction, ctx);
    }
    if (frame instanceof TTSUpdateSettingsFrame) return this.updateSettings(frame.settings, ctx);
    if (direction === "upstream") {
      if (frame instanceof LLMContextAssistantTurnFrame) this.#unheard.heard(frame.text, frame.interrupted);
      return super.process(frame, direction, ctx);
    }
    if (frame instanceof BotResumeSpeakingFrame) return this.#resume(ctx);
    if (frame instanceof TextFrame) return this.#text(frame, ctx);
    if (frame instanceof LLMFullResponseStartFrame) return this.#answerStarted(frame, ctx);
    if (frame instanceof LLMFullResponseEndFrame) return this.#answerEnded(frame, ctx);
    if (frame instanceof TTSSpeakFrame) return this.#speak(frame, ctx);
    if (frame instanceof EndFrame || frame instanceof StopFrame) return this.#finish(frame, ctx);
    return super.process(frame, direction, ctx);
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.#pause.end();
    this.#drop("cleanup");
  }

  /**
   * Speaks the text: yields audio, and the times of its words if the provider tells them. Texts of one utterance share
   * `contextId`. `signal` aborts on an interruption, and when audio takes too long.
   */
  protected abstract runTTS(text: string, contextId: string, signal: AbortSignal): AsyncIterable<TTSChunk>;

  /** Nothing more will be said in this context: for providers that keep something for each. Default: nothing. */
  protected contextEnded(_contextId: string, _interrupted: boolean): void {}

  #watch(frame: Frame): void {
    if (frame instanceof InterruptionFrame) {
      this.#interruptions++;
      this.#pause.end();
      this.#drop("interruption");
    } else if (frame instanceof BotStartedSpeakingFrame || frame instanceof BotSpeakingFrame) {
      this.#pause.botSpeaks();
    } else if (frame instanceof BotStoppedSpeakingFrame || frame instanceof ErrorFrame) {
      // An error further down may mean that the bot will never be heard.
      this.#pause.end();
    }
  }

  /** All that was to be said is void; what must be said to its end survives an interruption. */
  #drop(why: "interruption" | "cleanup"): void {
    const context = this.#context;
    this.#answer = undefined;
    this.#collecting = false;
    this.#aggregator.reset();
    if (why === "interruption" && context?.uninterruptible === true) return;
    this.#context = undefined;
    if (!context || context.over) return;
    context.interrupt(new InterruptedError());
    this.contextEnded(context.id, true);
  }

  #text(frame: TextFrame, ctx: ProcessContext): void | Promise<void> {
    if (frame.skipTTS ?? this.#answer?.skipTTS ?? false) {
      ctx.push(frame);
      return;
    }
    if (frame.kind === "TextFrame" || frame.kind === "LLMTextFrame") return this.#collect(frame.text, ctx);
    if (frame instanceof AggregatedTextFrame && frame.kind === "AggregatedTextFrame" && !frame.willBeSpoken)
      return this.#say([...this.#rest(), { raw: frame.text, aggregatedBy: frame.aggregatedBy }], ctx);

    ctx.push(frame);
  }

  #collect(text: string, ctx: ProcessContext): void | Promise<void> {
    if (!this.#collecting) this.metrics.startTextAggregation();
    this.#collecting = true;
    const complete = this.#aggregator.add(text);
    if (complete.length === 0) return;
    const units = complete.map((raw) => this.#unit(raw));
    return this.#say(units, ctx);
  }

  async #answerStarted(frame: LLMFullResponseStartFrame, ctx: ProcessContext): Promise<void> {
    await this.#sayRest(ctx);
    if (ctx.signal.aborted) return;
    this.#answer = { skipTTS: frame.skipTTS, contexts: 0 };
    ctx.push(frame);
  }

  async #answerEnded(frame: LLMFullResponseEndFrame, ctx: ProcessContext): Promise<void> {
    const spoken = await this.#sayRest(ctx);
    if (ctx.signal.aborted) return;
    this.#answer = undefined;
    // Behind the TTSStoppedFrame, and so behind every word: the answer is committed when it has been heard.
    ctx.push(frame);
    this.#pauseAfter(spoken);
  }

  /** Says it in a context of its own; what is left of an answer that is coming in is said after it. */
  async #speak(frame: TTSSpeakFrame, ctx: ProcessContext): Promise<void> {
    const { appendToContext, uninterruptible } = frame;
    this.#close(this.#context, ctx);
    const context = this.#newContext({ appendToContext, opensTurn: appendToContext, uninterruptible });
    await this.#sayUnit(this.#unit(frame.text), context, ctx);
    if (ctx.signal.aborted) return;
    this.#close(context, ctx);
    // Within an answer it is part of the turn that the answer's end commits.
    const isTurn = context.started && appendToContext && !this.#answer;
    if (isTurn) ctx.push(context.mark(new LLMAssistantPushAggregationFrame()));
    this.#pauseAfter(context.started);
  }

  /** Says what the last interruption cut, as an answer of its own. */
  async #resume(ctx: ProcessContext): Promise<void> {
    const rest = this.#unheard.takeCut();
    if (rest === "") return;
    for (const frame of [new LLMFullResponseStartFrame(), new LLMTextFrame(rest), new LLMFullResponseEndFrame()]) {
      // Another interruption may cut it again.
      this.#unheard.queued(frame);
      await this.process(frame, "downstream", ctx);
      if (ctx.signal.aborted) return;
    }
  }

  async #finish(frame: Frame, ctx: ProcessContext): Promise<void> {
    await this.#sayRest(ctx);
    await super.process(frame, "downstream", ctx);
  }

  /** Says what the aggregator has left and ends the context. True if anything has been said in it. */
  async #sayRest(ctx: ProcessContext): Promise<boolean> {
    const interruptions = this.#interruptions;
    await this.#say(this.#rest(), ctx);
    if (ctx.signal.aborted || interruptions !== this.#interruptions) return false;
    const context = this.#context;
    this.#close(context, ctx);
    return context?.started ?? false;
  }

  async #say(units: readonly Unit[], ctx: ProcessContext): Promise<void> {
    const interruptions = this.#interruptions;
    for (const unit of units) {
      const context = this.#context ?? this.#newAnswerContext();
      await this.#sayUnit(unit, context, ctx);
      // An EndFrame's handler goes on after an interruption; its words must not.
      if (ctx.signal.aborted || interruptions !== this.#interruptions) return;
      if (!this.#answer) this.#closeAlone(context, ctx);
    }
  }

  /** Text that belongs to no answer is an utterance, and a turn, of its own. */
  #closeAlone(context: SpeechContext, ctx: ProcessContext): void {
    this.#close(context, ctx);
    if (context.started) ctx.push(new LLMAssistantPushAggregationFrame());
  }

  /** Speaks one piece of text to its end. Returns early, and pushes nothing more, when the context is over. */
  async #sayUnit({ raw, aggregatedBy }: Unit, context: SpeechContext, ctx: ProcessContext): Promise<void> {
    const filtered = (this.#options.textFilters ?? []).reduce((text, filter) => filter.filter(text), raw);
    if (!isSpeakable(filtered, aggregatedBy) || !this.accepts(ctx)) return;
    this.#context = context;
    const isOver = (): boolean => context.over || ctx.signal.aborted;
    const { clock, sampleRate } = this;
    const unit = new UnitSpeech({
      ...{ context, raw, filtered, aggregatedBy, sampleRate },
      nowMs: () => clock.nowMs(),
      push: (frame) => ctx.push(context.mark(frame)),
    });
    using scope = new AbortScope(ctx.signal, context.signal);
    const { signal } = scope;
    this.#requested(unit, context);
    try {
      const timeoutMs = this.#options.audioTimeoutMs ?? AUDIO_TIMEOUT_MS;
      const bounds = { clock, signal, timeoutMs, what: `The audio of ${this.name}` };
      for await (const chunk of bounded(this.runTTS(unit.text, context.id, signal), bounds)) {
        if (isOver()) return;
        if (chunk.type === "words") unit.words(chunk.words);
        else if (chunk.pcm.length > 0) this.#pushAudio(unit, chunk.pcm);
      }
      if (!isOver()) unit.finish(true);
    } catch (thrown) {
      if (isOver()) return;
      scope.abort(asError(thrown));
      context.failed = true;
      ctx.pushError(asError(thrown));
      unit.finish(false);
      this.#unheard.lost(unit.unsaid());
      this.#close(context, ctx);
    }
  }

  #requested(unit: UnitSpeech, context: SpeechContext): void {
    context.asked = true;
    this.#collecting = false;
    this.metrics.stopTextAggregation();
    this.metrics.ttsUsage(unit.text.length);
    if (!context.started) this.metrics.startTtfb();
    unit.announce();
  }

  #pushAudio(unit: UnitSpeech, pcm: Int16Array): void {
    this.metrics.audio(pcm, this.#sampleRate);
    this.#silentContexts = 0;
    if (unit.audio(pcm)) this.metrics.stopTtfb();
  }

  /** Ends the utterance. One that has stayed silent counts against the service; one that has failed was reported. */
  #close(context: SpeechContext | undefined, ctx: ProcessContext): void {
    if (!context || context.over) return;
    context.over = true;
    if (this.#context === context) this.#context = undefined;
    if (!context.asked) return;
    if (context.started) ctx.push(context.mark(new TTSStoppedFrame(context.id)));
    else if (!context.failed) this.#silent(ctx);
    this.contextEnded(context.id, false);
  }

  #silent(ctx: ProcessContext): void {
    this.#silentContexts++;
    if (!this.usable) return;
    // Each time: others wait for the bot to be heard.
    const permanent = this.#silentContexts >= MAX_SILENT_CONTEXTS;
    ctx.pushError(new SilentServiceError(this.name, this.#silentContexts), { permanent });
  }

  #newAnswerContext(): SpeechContext {
    const continues = (this.#answer?.contexts ?? 0) > 0;
    if (this.#answer) this.#answer.contexts++;
    return this.#newContext({ appendToContext: true, opensTurn: !this.#answer, continues });
  }

  #newContext(fields: SpeechContextFields): SpeechContext {
    this.#contexts++;
    return new SpeechContext({ ...fields, id: `${this.name}:${this.#contexts}` });
  }

  #rest(): readonly Unit[] {
    const rest = this.#aggregator.flush();
    return rest === undefined ? [] : [this.#unit(rest)];
  }

  #unit(raw: string): Unit {
    return { raw, aggregatedBy: this.#aggregator.aggregatedBy };
  }

  #pauseAfter(spoken: boolean): void {
    if (spoken && this.#options.pauseWhileSpeaking === true) this.#pause.begin();
  }
}

/** Whether there is anything to hear in it: an emoji or a mark by itself only costs a request that stays silent. */
function isSpeakable(text: string, aggregatedBy: string): boolean {
  return aggregatedBy === "token" ? text.trim() !== "" : /[\p{L}\p{N}\p{Sm}\p{Sc}]/u.test(text);
}
