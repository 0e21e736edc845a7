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
 * Detects a user who does not answer: calls `onIdle` once, `timeoutMs` after the bot has stopped speaking, unless the
 * user or the bot speaks before. A user turn without words (a cough) restarts the timer; one with words does not,
 * because the model runs then (LLMContextFrame). The timer is stopped while a function call runs. A
 * UserIdleTimeoutUpdateFrame changes the timeout; 0 switches it off.
 */
export class UserIdleController {
  readonly #onIdle: () => void;
  readonly #calls = new RunningFunctionCalls();
  #clock: Clock = systemClock;
  #timeoutMs: number;
  #userTurn = false;
  #botSpeaking = false;
  /** Why the user is expected to say something: the bot has spoken, or a user turn had no words. */
  #waiting: "botStopped" | "turnStopped" | undefined;
  #timer: TimerHandle;

  /** @throws InvalidOptionError for a negative or infinite timeout. */
  constructor(timeoutMs: number, onIdle: () => void) {
    this.#timeoutMs = parseTimeout(timeoutMs);
    this.#onIdle = onIdle;
  }

  /** Sets the clock that timers run on. */
  setup(clock: Clock): void {
    this.#clock = clock;
  }

  /**
   * * Takes every frame that may start or stop the timer. * * @throws InvalidOptionError for an update to a negative or
   * infinite timeout.
   */

  hear(frame: Frame): void {
    if (frame instanceof UserStartedSpeakingFrame) {
      this.turnStarted();
    } else if (frame instanceof UserStoppedSpeakingFrame) {
      this.turnStopped({ answered: false });
    } else if (frame instanceof BotStartedSpeakingFrame) {
      this.#setBotSpeaking(true);
    } else if (frame instanceof BotStoppedSpeakingFrame) {
      this.#setBotSpeaking(false);
    } else if (frame instanceof LLMContextFrame) {
      // The assistant aggregator also sends this frame when it commits the bot's speech; that one runs no model.
      if (this.#waiting === "turnStopped") this.#wait(undefined);
    } else if (frame instanceof UserIdleTimeoutUpdateFrame) {
      this.#timeoutMs = parseTimeout(frame.timeoutMs);
      this.#arm();
    } else {
      const running = this.#calls.isAnyRunning;
      this.#calls.hear(frame);
      if (running !== this.#calls.isAnyRunning) this.#arm();
    }
  }

  /** Notes that the user's turn has started, for an owner that decides turns and gets no frame of them. */
  turnStarted(): void {
    this.#userTurn = true;
    this.#wait(undefined);
  }

  /** Notes that the user's turn has ended. `answered`: it had words, and the model runs. */
  turnStopped({ answered }: { readonly answered: boolean }): void {
    const wasOpen = this.#userTurn;
    this.#userTurn = false;
    if (answered) this.#wait(undefined);
    else if (wasOpen && !this.#botSpeaking) this.#wait("turnStopped");
  }

  /** Stops the timer. Idempotent. */
  close(): void {
    this.#wait(undefined);
  }

  #setBotSpeaking(speaks: boolean): void {
    this.#botSpeaking = speaks;
    this.#wait(speaks || this.#userTurn ? undefined : "botStopped");
  }

  #wait(waiting: "botStopped" | "turnStopped" | undefined): void {
    this.#waiting = waiting;
    this.#arm();
  }

  #arm(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting === undefined || this.#calls.isAnyRunning || this.#timeoutMs === 0) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#waiting = undefined;
      this.#onIdle();
    }, this.#timeoutMs);
  }
}

function parseTimeout(timeoutMs: number): number {
  if (Number.isFinite(timeoutMs) && timeoutMs >= 0) return timeoutMs;
  throw new InvalidOptionError("timeoutMs", `must be 0 (off) or more milliseconds; got ${timeoutMs}.`);
}
