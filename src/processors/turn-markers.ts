import {
  EndFrame,
  type Frame,
  type FrameDirection,
  FunctionCallsStartedFrame,
  InterruptionFrame,
  type LLMContext,
  LLMContextAssistantTurnFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  type LLMMessage,
  LLMMessagesAppendFrame,
  LLMTextFrame,
  UserTurnInferenceCompletedFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../frames/index.ts";
import { FrameProcessor, type ProcessContext } from "../pipeline/index.ts";
import type { TimerHandle } from "../util/clock.ts";
import { InvalidOptionError } from "../util/errors.ts";

/** Marker of a complete user turn: the answer follows. */
export const TURN_COMPLETE_MARKER = "●";
/** Marker of a user who was cut off in mid-sentence and will continue soon. */
export const TURN_CUT_OFF_MARKER = "◐";
/** Marker of a user who is thinking or has asked for time. */
export const TURN_THINKING_MARKER = "○";

/** Instructions to put into the system message, so that the model writes markers. */
export const TURN_MARKER_INSTRUCTIONS =
  "The user's words come from speech recognition, often before the user has finished. Begin every answer with exactly one " +
  `of these characters. ${TURN_COMPLETE_MARKER} when the user has said what they wanted to say: a space and your answer ` +
  `follow. ${TURN_CUT_OFF_MARKER} and nothing else when the last words leave a sentence, a list or a number unfinished. ` +
  `${TURN_THINKING_MARKER} and nothing else when the user asks for a moment or is only thinking aloud. A short reply such ` +
  'as "yes" or "Tuesday" can be complete. Judge words that continue earlier ones together with them. A function call needs ' +
  "no marker.";

/** Options of a {@link TurnMarkerProcessor}. */
export interface TurnMarkerOptions {
  /**
   * How long the user may stay silent after ◐ before the model is asked to encourage them, in milliseconds. Default
   * 5000.
   */
  readonly cutOffTimeoutMs?: number;
  /**
   * How long the user may stay silent after ○ before the model is asked to encourage them, in milliseconds. Default
   * 10 000.
   */
  readonly thinkingTimeoutMs?: number;
  /** Instruction to the model after `cutOffTimeoutMs`. Has a default. */
  readonly cutOffPrompt?: string;
  /** Instruction to the model after `thinkingTimeoutMs`. Has a default. */
  readonly thinkingPrompt?: string;
}

const CUT_OFF_PROMPT =
  `The user has stopped in the middle of a sentence and says nothing more. Begin with ${TURN_COMPLETE_MARKER} and ask them ` +
  "in one short, friendly sentence to go on.";
const THINKING_PROMPT =
  `The user has been silent for a while. Begin with ${TURN_COMPLETE_MARKER} and tell them in one short, friendly sentence ` +
  "that there is no hurry and that you are there.";
/** Text without a marker in its first characters has none: waiting for more would only delay the voice. */
const MAX_BEFORE_MARKER = 8;

type Answer = "unread" | "complete" | "incomplete";

/**
 * Lets the model judge whether the user has finished: it begins each answer with a marker, which this processor
 * removes. After ● the turn is over and the answer is spoken. After ◐ and ○ nothing is spoken, the marker is added to
 * the context, and the turn stays open for more words; if none arrive in time, the model is asked to encourage the
 * user. An answer without a marker counts as complete.
 *
 * Put it right behind the LLM service, add {@link TURN_MARKER_INSTRUCTIONS} to the system message, and end turns with
 * `new InferenceCompletedStopStrategy(new SpeechTimeoutStopStrategy())`. In the context the bot's messages keep their
 * ●, so that the model continues to write markers.
 */
export class TurnMarkerProcessor extends FrameProcessor {
  readonly #context: LLMContext;
  readonly #options: Required<TurnMarkerOptions>;
  #answer: Answer = "unread";
  #text = "";
  #userSpeaking = false;
  /** Whether an answer was withheld because the user continued; the sound may turn out to be a cough. */
  #withheld = false;
  /** Texts of the bot whose messages must get their marker back. */
  #unmarked: string[] = [];
  #marksNext = false;
  #timer: TimerHandle;

  /** @throws InvalidOptionError for timeouts that are not above 0. */
  constructor(context: LLMContext, options: TurnMarkerOptions = {}) {
    super({ name: "TurnMarkerProcessor" });
    this.#context = context;
    this.#options = {
      cutOffTimeoutMs: requireAboveZero("cutOffTimeoutMs", options.cutOffTimeoutMs ?? 5000),
      thinkingTimeoutMs: requireAboveZero("thinkingTimeoutMs", options.thinkingTimeoutMs ?? 10_000),
      cutOffPrompt: options.cutOffPrompt ?? CUT_OFF_PROMPT,
      thinkingPrompt: options.thinkingPrompt ?? THINKING_PROMPT,
    };
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void {
    if (frame instanceof LLMTextFrame && direction === "downstream") {
      this.#read(frame, ctx);
      return;
    }
    if (frame instanceof LLMFullResponseEndFrame && this.#answer === "unread" && this.#text.trim() !== "")
      this.#handleComplete(this.#text, new LLMTextFrame(""), ctx);

    this.#watch(frame);
    ctx.push(frame, direction);
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.#stopTimer();
  }

  #watch(frame: Frame): void {
    if (frame instanceof LLMFullResponseStartFrame) {
      // The model is answering again: it need not be asked to encourage the user.
      this.#stopTimer();
      this.#answer = "unread";
      this.#text = "";
    } else if (frame instanceof FunctionCallsStartedFrame) {
      this.#stopTimer();
      this.broadcast(() => new UserTurnInferenceCompletedFrame());
    } else if (frame instanceof InterruptionFrame || frame instanceof EndFrame) {
      this.#stopTimer();
      this.#withheld = false;
    } else if (frame instanceof VADUserStartedSpeakingFrame) {
      this.#userSpeaking = true;
      this.#stopTimer();
    } else if (frame instanceof VADUserStoppedSpeakingFrame) {
      this.#userSpeaking = false;
      this.#markMessages();
      if (this.#withheld) this.#encourageAfter(this.#options.cutOffTimeoutMs, this.#options.cutOffPrompt);
      this.#withheld = false;
    } else if (frame instanceof LLMContextAssistantTurnFrame && frame.text !== "" && this.#marksNext) {
      this.#marksNext = false;
      this.#unmarked.push(frame.text);
    }
  }

  #read(frame: LLMTextFrame, ctx: ProcessContext): void {
    if (this.#answer === "complete") ctx.push(frame);
    if (this.#answer !== "unread") return;
    this.#text += frame.text;
    const marker = /[●◐○]/u.exec(this.#text);
    if (!marker) {
      if (this.#text.trim().length > MAX_BEFORE_MARKER) this.#handleComplete(this.#text, frame, ctx);
      return;
    }
    const rest = this.#text.slice(marker.index + 1).trimStart();
    if (marker[0] === TURN_COMPLETE_MARKER && !this.#userSpeaking) {
      this.#marksNext = true;
      this.#handleComplete(rest, frame, ctx);
      return;
    }
    this.#answer = "incomplete";
    // The user continued while the model was generating: the answer does not cover all they will have said.
    if (marker[0] === TURN_COMPLETE_MARKER) this.#withheld = true;
    else this.#handleIncomplete(marker[0]);
  }

  #handleComplete(text: string, { skipTTS }: LLMTextFrame, ctx: ProcessContext): void {
    this.#answer = "complete";
    this.#text = "";
    this.broadcast(() => new UserTurnInferenceCompletedFrame());
    if (text !== "") ctx.push(new LLMTextFrame(text, { skipTTS }));
  }

  #handleIncomplete(marker: string): void {
    this.push(new LLMMessagesAppendFrame([{ role: "assistant", content: marker }]), "upstream");
    const { cutOffTimeoutMs, cutOffPrompt, thinkingTimeoutMs, thinkingPrompt } = this.#options;
    if (marker === TURN_CUT_OFF_MARKER) this.#encourageAfter(cutOffTimeoutMs, cutOffPrompt);
    else this.#encourageAfter(thinkingTimeoutMs, thinkingPrompt);
  }

  #encourageAfter(timeoutMs: number, prompt: string): void {
    this.#stopTimer();
    if (this.#userSpeaking) return;
    this.#timer = this.clock.setTimeout(() => {
      this.#timer = undefined;
      this.push(new LLMMessagesAppendFrame([{ role: "developer", content: prompt }], { runLLM: true }), "upstream");
    }, timeoutMs);
  }

  /** Runs late, once messages are no longer added to, but before the model reads them again. */
  #markMessages(): void {
    for (const text of this.#unmarked.splice(0)) {
      const isIt = ({ role, content }: LLMMessage): boolean =>
        role === "assistant" && typeof content === "string" && content.startsWith(text);
      const message = this.#context.messages.findLast(isIt);
      if (!message) continue;
      const content = `${TURN_COMPLETE_MARKER} ${message.content as string}`;
      this.#context.replaceLast((other) => other === message, { ...message, content });
    }
  }

  #stopTimer(): void {
    this.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

function requireAboveZero(field: string, value: number): number {
  if (!(value > 0) || value === Infinity) throw new InvalidOptionError(field, `must be greater than 0; got ${value}.`);
  return value;
}
