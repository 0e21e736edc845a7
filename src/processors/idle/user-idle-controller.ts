import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  type Frame,
  LLMContextFrame,
  UserIdleTimeoutUpdateFrame,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
} from "../../frames/index.ts";
import { type Clock, systemClock, type TimerHandle } from "../../util/clock.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import { RunningFunctionCalls } from "../aggregators/running-function-calls.ts";

/**
 * Notices a user who does not answer: `onIdle` is called once, `timeoutMs` after the bot has stopped speaking, unless the
 * user or the bot speaks before. A turn of the user without words (a cough) starts the time again; one with words does
 * not, since the model is asked then (LLMContextFrame). The time does not run while a function call does. It can be
 * changed by a UserIdleTimeoutUpdateFrame; 0 switches it off.
 */
export class UserIdleController {
  readonly #onIdle: () => void;
  readonly #calls = new RunningFunctionCalls();
  #clock: Clock = systemClock;
  #timeoutMs: number;
  #userTurn = false;
  #botSpeaks = false;
  /** It is the user's turn to say something: the bot has spoken, or a turn of the user had no words. */
  #waiting: "botStopped" | "turnStopped" | undefined;
  #timer: TimerHandle;

  /** @throws InvalidOptionError for a negative or infinite time. */
  constructor(timeoutMs: number, onIdle: () => void) {
    this.#timeoutMs = checked(timeoutMs);
    this.#onIdle = onIdle;
  }

  setup(clock: Clock): void {
    this.#clock = clock;
  }

  /** @throws InvalidOptionError for an update to a negative or infinite time. */
  hear(frame: Frame): void {
    if (frame instanceof UserStartedSpeakingFrame) {
      this.turnStarted();
    } else if (frame instanceof UserStoppedSpeakingFrame) {
      this.turnStopped({ answered: false });
    } else if (frame instanceof BotStartedSpeakingFrame) {
      this.#botSpoke(true);
    } else if (frame instanceof BotStoppedSpeakingFrame) {
      this.#botSpoke(false);
    } else if (frame instanceof LLMContextFrame) {
      // What the assistant aggregator commits after the bot's speech is such a frame as well, and asks nobody.
      if (this.#waiting === "turnStopped") this.#wait(undefined);
    } else if (frame instanceof UserIdleTimeoutUpdateFrame) {
      this.#timeoutMs = checked(frame.timeoutMs);
      this.#arm();
    } else {
      const running = this.#calls.any;
      this.#calls.hear(frame);
      if (running !== this.#calls.any) this.#arm();
    }
  }

  /** The user's turn has begun, for one who decides that and gets no frame of it. */
  turnStarted(): void {
    this.#userTurn = true;
    this.#wait(undefined);
  }

  /** The user's turn has ended. `answered`: with words, which the model is asked to answer. */
  turnStopped({ answered }: { readonly answered: boolean }): void {
    const wasOpen = this.#userTurn;
    this.#userTurn = false;
    if (answered) this.#wait(undefined);
    else if (wasOpen && !this.#botSpeaks) this.#wait("turnStopped");
  }

  /** Idempotent. */
  close(): void {
    this.#wait(undefined);
  }

  #botSpoke(speaks: boolean): void {
    this.#botSpeaks = speaks;
    this.#wait(speaks || this.#userTurn ? undefined : "botStopped");
  }

  #wait(waiting: "botStopped" | "turnStopped" | undefined): void {
    this.#waiting = waiting;
    this.#arm();
  }

  #arm(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting === undefined || this.#calls.any || this.#timeoutMs === 0) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#waiting = undefined;
      this.#onIdle();
    }, this.#timeoutMs);
  }
}

function checked(timeoutMs: number): number {
  if (Number.isFinite(timeoutMs) && timeoutMs >= 0) return timeoutMs;
  throw new InvalidOptionError("timeoutMs", `must be 0 (off) or more milliseconds; got ${timeoutMs}.`);
}
