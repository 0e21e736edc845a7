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
import { SpeechRate } from "./speech/speech-rate.ts";
import { type SpokenWord, UnitSpeech } from "./speech/unit-speech.ts";
import { iterateWithin } from "./work-bounds.ts";

/** An utterance without audio for this long has failed. */
const AUDIO_TIMEOUT_MS = 3000;
/** After this many utterances in a row without audio, the service is unusable. */
const MAX_SILENT_CONTEXTS = 3;

/** A piece of synthesised speech, as it streams in. */
export type TTSChunk =
  | {
      readonly type: "audio";
      /** Mono signed 16-bit PCM at {@link TTSService.sampleRate}. */
      readonly pcm: Int16Array;
    }
  | {
      readonly type: "words";
      /** Words with their times, in order. */
      readonly words: readonly SpokenWord[];
    };

/** Options of a {@link TTSService}. */
export interface TTSServiceOptions extends FrameProcessorOptions {
  /** Sample rate of the audio that `runTTS` yields, in Hz. Default: the task's output rate. */
  readonly sampleRate?: number;
  /**
   * How text is split into units to speak. "token" is for providers that take a stream of words. Default "sentence".
   */
  readonly aggregation?: "sentence" | "token" | TextAggregator;
  /** Filters that change the text before it is spoken, in this order. */
  readonly textFilters?: readonly TextFilter[];
  /** Whether frames behind an answer wait until the bot has said it. Default false. */
  readonly pauseWhileSpeaking?: boolean;
  /**
   * Where the times of words are from. "reported": `runTTS` yields them; a text without any counts as said when all of
   * its audio was heard, or not at all. "estimated": `runTTS` yields none, and the words are placed over the audio by
   * their length, marked `TTSTextFrame.estimated`. Default "reported".
   */
  readonly wordTimes?: "reported" | "estimated";
  /** How long each piece of audio may take, including the first, in milliseconds. Default 3000. */
  readonly audioTimeoutMs?: number;
}

/** A piece of text to say. */
interface Unit {
  /** The text as it arrived, including leading white space. */
  readonly raw: string;
  readonly aggregatedBy: string;
}

/**
 * Base class of text-to-speech services. Implement `runTTS`; this class handles order, interruptions and words. For
 * each piece of text it pushes, in this order: AggregatedTextFrame (it is going to be said), TTSStartedFrame with the
 * first audio of an utterance, the audio, TTSTextFrame (it was said), and TTSStoppedFrame at the end of the utterance.
 * One answer of the model is one utterance, and so is a TTSSpeakFrame. Texts are spoken one after the other, so that
 * none overtakes another.
 *
 * With word timestamps, each word is a TTSTextFrame whose `ptsMs` is the time it is heard if the first audio of the
 * utterance is heard at once. Without them, they are estimated from the audio (option `wordTimes`), or one TTSTextFrame
 * follows the audio of its text. Text without any audio does not count as said and has no TTSTextFrame.
 */
export abstract class TTSService<S extends object = object> extends AIService<S> {
  readonly #options: TTSServiceOptions;
  readonly #aggregator: TextAggregator;
  readonly #pause: SpeakingPause;
  readonly #unheard = new UnheardSpeech();
  readonly #speechRate = new SpeechRate();
  #sampleRate = 24_000;
  /** The model's answer that is arriving. */
  #answer: { readonly skipTTS: boolean; contexts: number } | undefined;
  #context: SpeechContext | undefined;
  #contexts = 0;
  /** Whether text has arrived since the last complete unit. */
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
      // Upstream frames, such as a context for the model, need not wait.
      pause: () => this.pause({ direction: "downstream" }),
      resume: () => this.resume(),
      onStuck: () => this.logger.warn(`${this.name} gave up waiting for the bot to speak; resuming.`),
    });
    this.on("usableChanged", (usable) => {
      if (usable) this.#silentContexts = 0;
    });
  }

  protected override canGenerateMetrics(): boolean {
    return true;
  }

  /** Sample rate of the service's audio in Hz. */
  get sampleRate(): number {
    return this.#sampleRate;
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    this.#sampleRate = this.#options.sampleRate ?? setup.audioOutSampleRate;
  }

  override queueFrame(frame: Frame, direction: FrameDirection = "downstream"): void {
    if (direction === "downstream" || frame instanceof InterruptionFrame) this.#unheard.noteQueued(frame);
    super.queueFrame(frame, direction);
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    if (frame.category === "system") {
      this.#watch(frame);
      return super.process(frame, direction, ctx);
    }
    if (frame instanceof TTSUpdateSettingsFrame) return this.updateSettings(frame.settings, ctx);
    if (direction === "upstream") {
      if (frame instanceof LLMContextAssistantTurnFrame) this.#unheard.noteHeard(frame.text, frame.interrupted);
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
   * Speaks a text: yields audio, and the times of its words if the provider reports them. Texts of one utterance share
   * `contextId`. `signal` aborts on an interruption and when audio takes too long.
   */
  protected abstract runTTS(text: string, contextId: string, signal: AbortSignal): AsyncIterable<TTSChunk>;

  /**
   * Called when nothing more will be said in an utterance, for providers that keep state per utterance. Does nothing by
   * default.
   */
  protected contextEnded(_contextId: string, _interrupted: boolean): void {}

  #watch(frame: Frame): void {
    if (frame instanceof InterruptionFrame) {
      this.#interruptions++;
      this.#pause.end();
      this.#drop("interruption");
    } else if (frame instanceof BotStartedSpeakingFrame || frame instanceof BotSpeakingFrame) {
      this.#pause.noteBotSpeaking();
    } else if (frame instanceof BotStoppedSpeakingFrame || frame instanceof ErrorFrame) {
      // An error further downstream may mean that the bot will never be heard.
      this.#pause.end();
    }
  }

  /** Drops everything that was going to be said. An utterance that must be said to its end survives an interruption. */
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
    // Behind the TTSStoppedFrame and every word, so that the answer is committed once it has been heard.
    ctx.push(frame);
    this.#pauseAfter(spoken);
  }

  /** Speaks the text as its own utterance. The rest of an answer that is arriving is said after it. */
  async #speak(frame: TTSSpeakFrame, ctx: ProcessContext): Promise<void> {
    const { appendToContext, uninterruptible } = frame;
    this.#close(this.#context, ctx);
    const context = this.#newContext({ appendToContext, opensTurn: appendToContext, uninterruptible });
    await this.#sayUnit(this.#unit(frame.text), context, ctx);
    if (ctx.signal.aborted) return;
    this.#close(context, ctx);
    // Within an answer it is part of the turn that the end of the answer commits.
    const isTurn = context.started && appendToContext && !this.#answer;
    if (isTurn) ctx.push(context.mark(new LLMAssistantPushAggregationFrame()));
    this.#pauseAfter(context.started);
  }

  /** Speaks what the last interruption cut, as its own answer. */
  async #resume(ctx: ProcessContext): Promise<void> {
    const rest = this.#unheard.takeCut();
    if (rest === "") return;
    for (const frame of [new LLMFullResponseStartFrame(), new LLMTextFrame(rest), new LLMFullResponseEndFrame()]) {
      // Another interruption may cut it again.
      this.#unheard.noteQueued(frame);
      await this.process(frame, "downstream", ctx);
      if (ctx.signal.aborted) return;
    }
  }

  async #finish(frame: Frame, ctx: ProcessContext): Promise<void> {
    await this.#sayRest(ctx);
    await super.process(frame, "downstream", ctx);
  }

  /** Speaks what the aggregator has left and ends the utterance. Returns true if anything was said in it. */
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
      // The handler of an EndFrame continues after an interruption; its words must not.
      if (ctx.signal.aborted || interruptions !== this.#interruptions) return;
      if (!this.#answer) this.#closeAlone(context, ctx);
    }
  }

  /** Ends the utterance of text outside an answer: such text is its own utterance and turn. */
  #closeAlone(context: SpeechContext, ctx: ProcessContext): void {
    this.#close(context, ctx);
    if (context.started) ctx.push(new LLMAssistantPushAggregationFrame());
  }

  /** Speaks one piece of text to its end. Returns early and pushes nothing more when the utterance is over. */
  async #sayUnit({ raw, aggregatedBy }: Unit, context: SpeechContext, ctx: ProcessContext): Promise<void> {
    const filtered = (this.#options.textFilters ?? []).reduce((text, filter) => filter.filter(text), raw);
    if (!isSpeakable(filtered, aggregatedBy) || !this.accepts(ctx)) return;
    this.#context = context;
    const isOver = (): boolean => context.over || ctx.signal.aborted;
    const { clock, sampleRate } = this;
    using unit = new UnitSpeech({
      ...{ context, raw, filtered, aggregatedBy, sampleRate, clock },
      push: (frame) => ctx.push(context.mark(frame)),
      estimateBy: this.#options.wordTimes === "estimated" ? this.#speechRate : undefined,
    });
    using scope = new AbortScope(ctx.signal, context.signal);
    const { signal } = scope;
    this.#noteRequest(unit, context);
    try {
      const timeoutMs = this.#options.audioTimeoutMs ?? AUDIO_TIMEOUT_MS;
      const bounds = { clock, signal, timeoutMs, what: `The audio of ${this.name}` };
      for await (const chunk of iterateWithin(this.runTTS(unit.text, context.id, signal), bounds)) {
        if (isOver()) return;
        if (chunk.type === "words") unit.pushWords(chunk.words);
        else if (chunk.pcm.length > 0) this.#pushAudio(unit, chunk.pcm);
      }
      if (isOver()) return;
      unit.finish(true);
      // A provider may return no audio: that text will not be heard, although later text may be.
      if (!unit.hasAudio) this.#unheard.noteLost(unit.getUnsaid());
    } catch (thrown) {
      if (isOver()) return;
      scope.abort(asError(thrown));
      context.failed = true;
      ctx.pushError(asError(thrown));
      unit.finish(false);
      this.#unheard.noteLost(unit.getUnsaid());
      this.#close(context, ctx);
    }
  }

  #noteRequest(unit: UnitSpeech, context: SpeechContext): void {
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
    if (unit.pushAudio(pcm)) this.metrics.stopTtfb();
  }

  /** Ends the utterance. A silent one counts against the service; a failed one was already reported. */
  #close(context: SpeechContext | undefined, ctx: ProcessContext): void {
    if (!context || context.over) return;
    context.over = true;
    if (this.#context === context) this.#context = undefined;
    if (!context.asked) return;
    if (context.started) ctx.push(context.mark(new TTSStoppedFrame(context.id)));
    else if (!context.failed) this.#noteSilent(ctx);
    this.contextEnded(context.id, false);
  }

  #noteSilent(ctx: ProcessContext): void {
    this.#silentContexts++;
    if (!this.usable) return;
    // Reported every time: other processors wait for the bot to be heard.
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

/** Whether the text contains anything to speak: an emoji or a mark by itself only costs a silent request. */
function isSpeakable(text: string, aggregatedBy: string): boolean {
  return aggregatedBy === "token" ? text.trim() !== "" : /[\p{L}\p{N}\p{Sm}\p{Sc}]/u.test(text);
}
