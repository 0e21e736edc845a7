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

/** The user's turn is complete: the answer follows. */
export const TURN_COMPLETE_MARKER = "●";
/** The user was cut off in the middle of a sentence and will go on soon. */
export const TURN_CUT_OFF_MARKER = "◐";
/** The user thinks, or has asked for time. */
export const TURN_THINKING_MARKER = "○";

/** For the system message of a model that is to write markers. */
export const TURN_MARKER_INSTRUCTIONS =
  "The user's words come from speech recognition, often before the user has finished. Begin every answer with exactly one " +
  `of these characters. ${TURN_COMPLETE_MARKER} when the user has said what they wanted to say: a space and your answer ` +
  `follow. ${TURN_CUT_OFF_MARKER} and nothing else when the last words leave a sentence, a list or a number unfinished. ` +
  `${TURN_THINKING_MARKER} and nothing else when the user asks for a moment or is only thinking aloud. A short reply such ` +
  'as "yes" or "Tuesday" can be complete. Judge words that continue earlier ones together with them. A function call needs ' +
  "no marker.";

export interface TurnMarkerOptions {
  /** How long the user may stay silent after ◐, until the model is asked to encourage them. Default 5000. */
  readonly cutOffTimeoutMs?: number;
  /** The same after ○. Default 10 000. */
  readonly thinkingTimeoutMs?: number;
  /** What the model is told then. */
  readonly cutOffPrompt?: string;
  readonly thinkingPrompt?: string;
}

const CUT_OFF_PROMPT =
  `The user has stopped in the middle of a sentence and says nothing more. Begin with ${TURN_COMPLETE_MARKER} and ask them ` +
  "in one short, friendly sentence to go on.";
const THINKING_PROMPT =
  `The user has been silent for a while. Begin with ${TURN_COMPLETE_MARKER} and tell them in one short, friendly sentence ` +
  "that there is no hurry and that you are there.";
/** Text without a marker in its beginning has none: to wait for more of it would only delay the voice. */
const MAX_BEFORE_MARKER = 8;

type Answer = "unread" | "complete" | "incomplete";

/**
 * The model judges whether the user has finished: it begins each answer with a marker, which is taken out here. After ● the
 * turn is over and the answer is spoken; after ◐ and ○ nothing is spoken, the marker is noted in the context, and the turn
 * stays open for more words; when none come in time, the model is asked to encourage the user. An answer without a marker
 * counts as complete.
 *
 * Put it right behind the model service, put {@link TURN_MARKER_INSTRUCTIONS} into the system message, and let turns end by
 * `new InferenceCompletedStopStrategy(new SpeechTimeoutStopStrategy())`. In the context the bot's messages keep their ●, so
 * that the model goes on as it began.
 */
export class TurnMarkerProcessor extends FrameProcessor {
  readonly #context: LLMContext;
  readonly #options: Required<TurnMarkerOptions>;
  #answer: Answer = "unread";
  #text = "";
  #userSpeaks = false;
  /** An answer was withheld since the user went on; what they say may turn out to be a cough. */
  #withheld = false;
  /** Messages of the bot that are to get their marker back. */
  #unmarked: string[] = [];
  #marksNext = false;
  #timer: TimerHandle;

  /** @throws InvalidOptionError for times that are not above 0. */
  constructor(context: LLMContext, options: TurnMarkerOptions = {}) {
    super({ name: "TurnMarkerProcessor" });
    this.#context = context;
    this.#options = {
      cutOffTimeoutMs: aboveZero("cutOffTimeoutMs", options.cutOffTimeoutMs ?? 5000),
      thinkingTimeoutMs: aboveZero("thinkingTimeoutMs", options.thinkingTimeoutMs ?? 10_000),
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
      this.#complete(this.#text, new LLMTextFrame(""), ctx);

    this.#watch(frame);
    ctx.push(frame, direction);
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.#stopTimer();
  }

  #watch(frame: Frame): void {
    if (frame instanceof LLMFullResponseStartFrame) {
      // The model is at it again: what it was to be asked for is not needed any more.
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
      this.#userSpeaks = true;
      this.#stopTimer();
    } else if (frame instanceof VADUserStoppedSpeakingFrame) {
      this.#userSpeaks = false;
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
      if (this.#text.trim().length > MAX_BEFORE_MARKER) this.#complete(this.#text, frame, ctx);
      return;
    }
    const rest = this.#text.slice(marker.index + 1).trimStart();
    if (marker[0] === TURN_COMPLETE_MARKER && !this.#userSpeaks) {
      this.#marksNext = true;
      this.#complete(rest, frame, ctx);
      return;
    }
    this.#answer = "incomplete";
    // The user went on while the model was thinking: the answer is to less than they will have said.
    if (marker[0] === TURN_COMPLETE_MARKER) this.#withheld = true;
    else this.#incomplete(marker[0]);
  }

  #complete(text: string, { skipTTS }: LLMTextFrame, ctx: ProcessContext): void {
    this.#answer = "complete";
    this.#text = "";
    this.broadcast(() => new UserTurnInferenceCompletedFrame());
    if (text !== "") ctx.push(new LLMTextFrame(text, { skipTTS }));
  }

  #incomplete(marker: string): void {
    this.push(new LLMMessagesAppendFrame([{ role: "assistant", content: marker }]), "upstream");
    const { cutOffTimeoutMs, cutOffPrompt, thinkingTimeoutMs, thinkingPrompt } = this.#options;
    if (marker === TURN_CUT_OFF_MARKER) this.#encourageAfter(cutOffTimeoutMs, cutOffPrompt);
    else this.#encourageAfter(thinkingTimeoutMs, thinkingPrompt);
  }

  #encourageAfter(timeoutMs: number, prompt: string): void {
    this.#stopTimer();
    if (this.#userSpeaks) return;
    this.#timer = this.clock.setTimeout(() => {
      this.#timer = undefined;
      this.push(new LLMMessagesAppendFrame([{ role: "developer", content: prompt }], { runLLM: true }), "upstream");
    }, timeoutMs);
  }

  /** Late, when nothing is added to the messages any more, and before the model reads them again. */
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

function aboveZero(field: string, value: number): number {
  if (!(value > 0) || value === Infinity) throw new InvalidOptionError(field, `must be greater than 0; got ${value}.`);
  return value;
}
