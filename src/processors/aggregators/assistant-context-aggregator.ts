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
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
} from "../../frames/index.ts";
import { FrameProcessor, type ProcessContext } from "../../pipeline/index.ts";
import { carryOut, ordersRun } from "./context-orders.ts";
import { type CutTurn, CutTurns, type TurnParts } from "./cut-turns.ts";
import { FunctionCallRecord } from "./function-call-record.ts";
import { joinText } from "./join-text.ts";

/** Frames that may wait for the end of an answer; with more than that, the answer has lost its end. */
const MAX_BEHIND_ANSWER = 1000;

/** What the assistant said in a turn, as far as it was heard. */
export interface AssistantTurn {
  readonly text: string;
  /** The user barged in, or the bot was cancelled. */
  readonly interrupted: boolean;
}

/** A type, not an interface: only a type alias has the index signature that the emitter asks for. */
export type AssistantContextAggregatorEvents = {
  assistantTurnStarted: [];
  assistantTurnStopped: [turn: AssistantTurn];
  /** A message of the assistant is in the context now. */
  messageAdded: [message: LLMMessage];
};

/**
 * Adds what the bot has said to the context, and the function calls of the model with their results. Put it behind the
 * output transport, which releases words when they are heard: so an interrupted answer enters the context as far as the
 * user knows it, marked `interrupted`. It consumes the text and the marks of the model's answer, and forwards all else.
 */
export class AssistantContextAggregator extends FrameProcessor<AssistantContextAggregatorEvents> {
  readonly #context: LLMContext;
  readonly #calls: FunctionCallRecord;
  readonly #cuts: CutTurns;
  #turn: TurnParts = { parts: [], open: false };
  /** The id of the last speech that no interruption cuts; whether it is being heard, and belongs in the context. */
  #toEnd: string | undefined;
  #saysToEnd = false;
  /** Its turn ends with it: an interruption has dropped the rest, and the end of the answer with it. */
  #endsTurn = false;
  #botSpeaks = false;
  #userSpeaks = false;
  /** Messages in the context when a run of the model was put off; undefined: none is. */
  #runPutOffAt: number | undefined;
  /** Late results and requests for an answer; the context has to hold the answer in progress before them. */
  #behindAnswer: Frame[] = [];
  /** The end has come by: the model is asked nothing more. */
  #over = false;

  constructor(context: LLMContext) {
    super({ name: "AssistantContextAggregator" });
    this.#context = context;
    this.#calls = new FunctionCallRecord(context);
    this.#cuts = new CutTurns({
      context,
      clock: () => this.clock,
      tell: (turn, interrupted, place) => {
        const message = this.#tell(turn, interrupted, place);
        this.#carryOutWaiting();
        return message;
      },
    });
  }

  override process(frame: Frame, direction: FrameDirection, context: ProcessContext): void {
    if (isLifecycleFrame(frame)) {
      if (!(frame instanceof StartFrame)) {
        this.#over = true;
        this.#cuts.finishAll();
        this.#commit(frame instanceof CancelFrame);
      }
    } else if (frame instanceof InterruptionFrame) {
      this.#interrupt(frame);
    } else {
      const cut = this.#cuts.turnOf(frame);
      const consumed = cut ? this.#consumesLate(frame, cut) : this.#consumes(frame);
      if (cut) this.#cuts.taken(cut);
      if (consumed) return;
      context.push(frame, direction);
      // What is late begins no new turn.
      if (!cut) this.#follow(frame);
      return;
    }
    context.push(frame, direction);
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.#cuts.close();
  }

  /** Handles what belongs to a turn that was cut already, and goes no further. */
  #consumesLate(frame: Frame, cut: CutTurn): boolean {
    if (frame instanceof TextFrame) return this.#hear(frame, cut);
    if (frame instanceof TTSStartedFrame) {
      cut.open ||= frame.appendToContext;
      return false;
    }
    if (frame instanceof LLMFullResponseStartFrame) cut.open = true;
    else if (frame instanceof LLMFullResponseEndFrame || frame instanceof LLMAssistantPushAggregationFrame)
      this.#cuts.ended(cut);
    else return this.#consumes(frame);
    return true;
  }

  /** Handles what goes no further. */
  #consumes(frame: Frame): boolean {
    if (frame instanceof TextFrame) return this.#hear(frame, this.#turn);
    if (frame instanceof LLMFullResponseStartFrame) {
      // An answer that was never ended is over when the next one begins.
      this.#commit(false);
      this.#openTurn();
    } else if (frame instanceof LLMFullResponseEndFrame || frame instanceof LLMAssistantPushAggregationFrame) {
      this.#commit(false);
    } else if (frame instanceof FunctionCallsStartedFrame) {
      this.#calls.started(frame);
    } else if (frame instanceof FunctionCallInProgressFrame) {
      this.#calls.inProgress(frame);
    } else if (this.#waitsForAnswer(frame)) {
      this.#behindAnswer.push(frame);
    } else if (frame instanceof FunctionCallResultFrame || frame instanceof FunctionCallCancelFrame) {
      if (this.#settle(frame)) this.#runSoon();
    } else {
      const order = carryOut(frame, this.#context);
      if (order?.run === true) this.#run();
      return order?.forward === false || isThought(frame);
    }
    return true;
  }

  /** True when the model is to answer now. */
  #settle(frame: FunctionCallResultFrame | FunctionCallCancelFrame): boolean {
    return frame instanceof FunctionCallResultFrame ? this.#calls.result(frame) : this.#calls.cancelled(frame);
  }

  #waitsForAnswer(frame: Frame): boolean {
    if (!this.#turn.open || this.#behindAnswer.length >= MAX_BEHIND_ANSWER) return false;
    return ordersRun(frame) || this.#calls.isForTheEnd(frame);
  }

  #carryOutWaiting(): void {
    const frames = this.#behindAnswer;
    this.#behindAnswer = [];
    let run = false;
    for (const frame of frames) {
      const isOfCall = frame instanceof FunctionCallResultFrame || frame instanceof FunctionCallCancelFrame;
      const wanted = isOfCall ? this.#settle(frame) : carryOut(frame, this.#context)?.run;
      run ||= wanted === true;
    }
    if (run) this.#runSoon();
    else this.#runIfPutOff();
  }

  /** Notes who speaks. */
  #follow(frame: Frame): void {
    if (frame instanceof TTSStartedFrame) {
      this.#toEnd = frame.interruptible ? undefined : frame.contextId;
      this.#saysToEnd = !frame.interruptible && frame.appendToContext;
    } else if (frame instanceof TTSStoppedFrame) {
      this.#saysToEnd = false;
      if (this.#endsTurn) this.#commit(false);
    }
    if (frame instanceof TTSStartedFrame && frame.appendToContext && !this.#turn.open) {
      this.#openTurn();
    } else if (frame instanceof BotStartedSpeakingFrame) {
      this.#botSpeaks = true;
    } else if (frame instanceof UserStartedSpeakingFrame) {
      this.#userSpeaks = true;
    } else if (frame instanceof BotStoppedSpeakingFrame) {
      this.#botSpeaks = false;
      this.#runIfPutOff();
    } else if (frame instanceof UserStoppedSpeakingFrame) {
      this.#userSpeaks = false;
      this.#runIfPutOff();
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
    const toEnd = this.#toEnd !== undefined && contextId === this.#toEnd;
    if (frame.appendToContext) parts.push({ text, verbatim: frame.includesInterFrameSpaces, contextId, toEnd });
    return true;
  }

  /** What was cut is committed; speech that goes on to its end keeps its turn. */
  #interrupt({ playoutIndex }: InterruptionFrame): void {
    const cut = this.#turn.parts.filter((part) => part.toEnd !== true);
    const toEnd = this.#turn.parts.filter((part) => part.toEnd === true);
    if (this.#saysToEnd) {
      if (cut.length > 0) {
        this.#turn = { parts: cut, open: true };
        this.#commit(true);
        this.#turn = { parts: toEnd, open: false };
        this.#openTurn();
      }
      this.#endsTurn = true;
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
    this.#endsTurn = false;
    this.#tell(turn, interrupted, (message) => this.#context.add(message));
    this.#carryOutWaiting();
  }

  #tell(
    { parts, open }: TurnParts,
    interrupted: boolean,
    place: (message: LLMMessage) => void,
  ): LLMMessage | undefined {
    const text = joinText(parts);
    if (text === "" && !open) return undefined;
    const timestampMs = this.clock.wallMs();
    let message: LLMMessage | undefined;
    if (text !== "") {
      message = { role: "assistant", content: text, ...(interrupted && { interrupted }) };
      place(message);
      this.emit("messageAdded", message);
      this.push(new LLMContextFrame(this.#context));
      this.push(new LLMContextAssistantTimestampFrame(timestampMs));
    }
    this.emit("assistantTurnStopped", { text, interrupted });
    this.broadcast(() => new LLMContextAssistantTurnFrame({ text, timestampMs, interrupted }));
    return message;
  }

  /** The model answers what functions returned, but talks over nobody. */
  #runSoon(): void {
    // The latest: a run for what came before does not take in what has come since.
    this.#runPutOffAt = this.#context.messages.length;
    this.#runIfPutOff();
  }

  #runIfPutOff(): void {
    const { messages } = this.#context;
    if (this.#runPutOffAt === undefined || this.#userSpeaks || this.#turn.open) return;
    // The user has said something since: the answer to that takes the results in.
    if (messages.slice(this.#runPutOffAt).some(({ role }) => role === "user")) this.#runPutOffAt = undefined;
    else if (!this.#botSpeaks) this.#run();
  }

  #run(): void {
    this.#runPutOffAt = undefined;
    if (!this.#over) this.push(new LLMContextFrame(this.#context), "upstream");
  }
}

function isThought(frame: Frame): boolean {
  return (
    frame instanceof LLMThoughtStartFrame || frame instanceof LLMThoughtTextFrame || frame instanceof LLMThoughtEndFrame
  );
}
