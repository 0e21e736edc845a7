import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  AggregatedTextFrame,
  CancelFrame,
  type Frame,
  type FrameDirection,
  FunctionCallCancelFrame,
  FunctionCallInProgressFrame,
  FunctionCallResultFrame,
  FunctionCallsStartedFrame,
  InterimTranscriptionFrame,
  InterruptionFrame,
  isLifecycleFrame,
  LLMAssistantPushAggregationFrame,
  type LLMContext,
  LLMContextAssistantTimestampFrame,
  LLMContextAssistantTurnFrame,
  LLMContextFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  type LLMMessage,
  LLMThoughtEndFrame,
  LLMThoughtStartFrame,
  LLMThoughtTextFrame,
  StartFrame,
  TextFrame,
  TranscriptionFrame,
  TranslationFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
  TTSTextFrame,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
} from "../../frames/index.ts";
import { FrameProcessor, type ProcessContext } from "../../pipeline/index.ts";
import { applyToContext, requestsRun } from "./context-orders.ts";
import { type CutTurn, CutTurns, toAssistantMessage, type TurnParts } from "./cut-turns.ts";
import { FunctionCallRecord } from "./function-call-record.ts";

/** How many frames may wait for the end of an answer. With more than that, the end of the answer was lost. */
const MAX_BEHIND_ANSWER = 1000;

/** A turn of the assistant, as far as it was heard. */
export interface AssistantTurn {
  /** What was heard of the turn; empty if nothing was. */
  readonly text: string;
  /** Whether the user barged in or the bot was cancelled. */
  readonly interrupted: boolean;
  /** Whether the place of the cut is an estimate, because the voice does not report when it says which word. */
  readonly estimated?: boolean;
}

// A type, not an interface: only a type alias has the index signature that the emitter requires.
/** Events of an {@link AssistantContextAggregator}. */
export type AssistantContextAggregatorEvents = {
  /** The assistant's turn has started. */
  assistantTurnStarted: [];
  /** The assistant's turn is over. */
  assistantTurnStopped: [turn: AssistantTurn];
  /** A message of the assistant was added to the context. */
  messageAdded: [message: LLMMessage];
};

/**
 * Adds what the bot has said to the context, and the model's function calls with their results. Put it behind the
 * output transport, which releases words when they are heard: an interrupted answer then enters the context as far as
 * the user heard it, marked `interrupted`. It consumes the text and the marks of the model's answer and forwards all
 * other frames.
 */
export class AssistantContextAggregator extends FrameProcessor<AssistantContextAggregatorEvents> {
  readonly #context: LLMContext;
  readonly #calls: FunctionCallRecord;
  readonly #cuts: CutTurns;
  #turn: TurnParts = { parts: [], open: false };
  /** Id of the last utterance that no interruption cuts. */
  #uncutId: string | undefined;
  /** Whether that utterance is being heard and belongs in the context. */
  #uncutOpen = false;
  /** Whether the turn ends with that utterance: an interruption has dropped the rest and the end of the answer. */
  #uncutEndsTurn = false;
  #botSpeaking = false;
  #userSpeaking = false;
  /** Number of messages in the context when a run of the model was deferred. Undefined: none is deferred. */
  #runDeferredAt: number | undefined;
  /** Late results and requests for an answer. The answer in progress must be in the context before them. */
  #waitingForAnswer: Frame[] = [];
  /** The pipeline is ending: the model is not run any more. */
  #ending = false;

  constructor(context: LLMContext) {
    super({ name: "AssistantContextAggregator" });
    this.#context = context;
    this.#calls = new FunctionCallRecord(context);
    this.#cuts = new CutTurns({
      context,
      clock: () => this.clock,
      report: (turn, interrupted, place) => {
        const message = this.#report(turn, interrupted, place);
        this.#processWaiting();
        return message;
      },
    });
  }

  override process(frame: Frame, direction: FrameDirection, context: ProcessContext): void {
    if (isLifecycleFrame(frame)) {
      if (!(frame instanceof StartFrame)) {
        this.#ending = true;
        this.#cuts.finishAll();
        this.#commit(frame instanceof CancelFrame);
      }
    } else if (frame instanceof InterruptionFrame) {
      this.#interrupt(frame);
    } else {
      const cut = this.#findCutTurn(frame);
      const consumed = cut ? this.#consumeLate(frame, cut) : this.#consume(frame);
      if (cut) this.#cuts.noteHandled(cut);
      if (consumed) return;
      context.push(frame, direction);
      // A late frame does not start a new turn.
      if (!cut) this.#trackSpeech(frame);
      return;
    }
    context.push(frame, direction);
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.#cuts.close();
  }

  /**
   * The cut turn that a late frame belongs to. Speech that no interruption cuts may start late as well, overtaken by the
   * interruption: then nothing more of the cut turns comes, and the speech has a turn of its own.
   */
  #findCutTurn(frame: Frame): CutTurn | undefined {
    const cut = this.#cuts.findTurn(frame);
    if (!cut || !(frame instanceof TTSStartedFrame) || frame.interruptible || !frame.appendToContext) return cut;
    this.#cuts.finishAll();
    this.#uncutEndsTurn = true;
    return undefined;
  }

  /** Handles a frame of a turn that was already cut. Returns true if it consumed the frame. */
  #consumeLate(frame: Frame, cut: CutTurn): boolean {
    if (frame instanceof TextFrame) return this.#hear(frame, cut);
    if (frame instanceof TTSStartedFrame) {
      cut.open ||= frame.appendToContext;
      return false;
    }
    if (frame instanceof LLMFullResponseStartFrame) cut.open = true;
    else if (frame instanceof LLMFullResponseEndFrame || frame instanceof LLMAssistantPushAggregationFrame)
      this.#cuts.noteEnded(cut);
    else return this.#consume(frame);
    return true;
  }

  /** Handles a frame of the current turn. Returns true if it consumed the frame. */
  #consume(frame: Frame): boolean {
    if (frame instanceof TextFrame) return this.#hear(frame, this.#turn);
    if (frame instanceof LLMFullResponseStartFrame) {
      // An answer without an end is over when the next one begins.
      this.#commit(false);
      this.#openTurn();
    } else if (frame instanceof LLMFullResponseEndFrame || frame instanceof LLMAssistantPushAggregationFrame) {
      this.#commit(false);
    } else if (frame instanceof FunctionCallsStartedFrame) {
      this.#calls.recordStart(frame);
    } else if (frame instanceof FunctionCallInProgressFrame) {
      this.#calls.recordInProgress(frame);
    } else if (this.#mustWaitForAnswer(frame)) {
      this.#waitingForAnswer.push(frame);
    } else if (frame instanceof FunctionCallResultFrame || frame instanceof FunctionCallCancelFrame) {
      if (this.#settle(frame)) this.#runSoon();
    } else {
      const order = applyToContext(frame, this.#context);
      if (order?.run === true) this.#run();
      return order?.forward === false || isThought(frame);
    }
    return true;
  }

  /** Returns true if the model must answer now. */
  #settle(frame: FunctionCallResultFrame | FunctionCallCancelFrame): boolean {
    return frame instanceof FunctionCallResultFrame ? this.#calls.recordResult(frame) : this.#calls.recordCancel(frame);
  }

  #mustWaitForAnswer(frame: Frame): boolean {
    if (!this.#turn.open || this.#waitingForAnswer.length >= MAX_BEHIND_ANSWER) return false;
    return requestsRun(frame) || this.#calls.addsMessageAtEnd(frame);
  }

  #processWaiting(): void {
    const frames = this.#waitingForAnswer;
    this.#waitingForAnswer = [];
    let run = false;
    for (const frame of frames) {
      const isOfCall = frame instanceof FunctionCallResultFrame || frame instanceof FunctionCallCancelFrame;
      const wanted = isOfCall ? this.#settle(frame) : applyToContext(frame, this.#context)?.run;
      run ||= wanted === true;
    }
    if (run) this.#runSoon();
    else this.#runIfDeferred();
  }

  /** Tracks who is speaking. */
  #trackSpeech(frame: Frame): void {
    if (frame instanceof TTSStartedFrame) {
      this.#uncutId = frame.interruptible ? undefined : frame.contextId;
      this.#uncutOpen = !frame.interruptible && frame.appendToContext;
    } else if (frame instanceof TTSStoppedFrame) {
      this.#uncutOpen = false;
      if (this.#uncutEndsTurn) this.#commit(false);
    }
    if (frame instanceof TTSStartedFrame && frame.appendToContext && !this.#turn.open) {
      this.#openTurn();
    } else if (frame instanceof BotStartedSpeakingFrame) {
      this.#botSpeaking = true;
    } else if (frame instanceof UserStartedSpeakingFrame) {
      this.#userSpeaking = true;
    } else if (frame instanceof BotStoppedSpeakingFrame) {
      this.#botSpeaking = false;
      this.#runIfDeferred();
    } else if (frame instanceof UserStoppedSpeakingFrame) {
      this.#userSpeaking = false;
      this.#runIfDeferred();
    }
  }

  #hear(frame: TextFrame, { parts }: TurnParts): boolean {
    const ofTheUser =
      frame instanceof TranscriptionFrame ||
      frame instanceof InterimTranscriptionFrame ||
      frame instanceof TranslationFrame;
    if (ofTheUser) return false;
    const text = frame instanceof AggregatedTextFrame ? (frame.rawText ?? frame.text) : frame.text;
    const contextId = frame instanceof AggregatedTextFrame ? frame.contextId : undefined;
    const toEnd = this.#uncutId !== undefined && contextId === this.#uncutId;
    const estimated = frame instanceof TTSTextFrame && frame.estimated;
    const verbatim = frame.includesInterFrameSpaces;
    if (frame.appendToContext) parts.push({ text, verbatim, contextId, toEnd, estimated });
    return true;
  }

  /** Commits what was cut. An utterance that no interruption cuts keeps its turn. */
  #interrupt({ playoutIndex }: InterruptionFrame): void {
    const cut = this.#turn.parts.filter((part) => part.toEnd !== true);
    const toEnd = this.#turn.parts.filter((part) => part.toEnd === true);
    if (this.#uncutOpen) {
      if (cut.length > 0) {
        this.#turn = { parts: cut, open: true };
        this.#commit(true);
        this.#turn = { parts: toEnd, open: false };
        this.#openTurn();
      }
      this.#uncutEndsTurn = true;
    } else if (this.#cuts.cut(playoutIndex, this.#turn)) {
      this.#turn = { parts: [], open: false };
    } else {
      this.#commit(cut.length > 0 || toEnd.length === 0);
    }
  }

  #openTurn(): void {
    this.#turn.open = true;
    this.emit("assistantTurnStarted");
  }

  #commit(interrupted: boolean): void {
    const turn = this.#turn;
    this.#turn = { parts: [], open: false };
    this.#uncutEndsTurn = false;
    this.#report(turn, interrupted, (message) => this.#context.add(message));
    this.#processWaiting();
  }

  #report(
    { parts, open }: TurnParts,
    interrupted: boolean,
    place: (message: LLMMessage) => void,
  ): LLMMessage | undefined {
    const heard = toAssistantMessage(parts, interrupted);
    const text = heard.content;
    if (text === "" && !open) return undefined;
    const timestampMs = this.clock.wallMs();
    let message: LLMMessage | undefined;
    if (text !== "") {
      message = heard;
      place(message);
      this.emit("messageAdded", message);
      this.push(new LLMContextFrame(this.#context));
      this.push(new LLMContextAssistantTimestampFrame(timestampMs));
    }
    const turn = { text, interrupted, ...(heard.estimated === true && { estimated: true }) };
    this.emit("assistantTurnStopped", turn);
    this.broadcast(() => new LLMContextAssistantTurnFrame({ ...turn, timestampMs }));
    return message;
  }

  /** Lets the model answer what functions returned once nobody is speaking. */
  #runSoon(): void {
    // Always the latest position: a run deferred earlier would not cover what was added since.
    this.#runDeferredAt = this.#context.messages.length;
    this.#runIfDeferred();
  }

  #runIfDeferred(): void {
    const { messages } = this.#context;
    if (this.#runDeferredAt === undefined || this.#userSpeaking || this.#turn.open) return;
    // The user has spoken since: the answer to that covers the results.
    if (messages.slice(this.#runDeferredAt).some(({ role }) => role === "user")) this.#runDeferredAt = undefined;
    else if (!this.#botSpeaking) this.#run();
  }

  #run(): void {
    this.#runDeferredAt = undefined;
    if (!this.#ending) this.push(new LLMContextFrame(this.#context), "upstream");
  }
}

function isThought(frame: Frame): boolean {
  return (
    frame instanceof LLMThoughtStartFrame || frame instanceof LLMThoughtTextFrame || frame instanceof LLMThoughtEndFrame
  );
}
