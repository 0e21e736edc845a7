import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  type Frame,
  UserIdleTimeoutUpdateFrame,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
} from "../../frames/index.ts";
import { type Clock, systemClock, type TimerHandle } from "../../util/clock.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import { RunningFunctionCalls } from "../running-function-calls.ts";

/**
 * Notices a user who does not answer: `onIdle` comes once, `timeoutMs` after the bot has stopped speaking, unless the user
 * or the bot speaks before. The time does not run while a function call does. It can be changed by a
 * UserIdleTimeoutUpdateFrame; 0 switches it off.
 */
export class UserIdleController {
  readonly #onIdle: () => void;
  readonly #calls = new RunningFunctionCalls();
  #clock: Clock = systemClock;
  #timeoutMs: number;
  #userTurn = false;
  /** The bot has spoken, and it is the user's turn to say something. */
  #waiting = false;
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
    if (frame instanceof UserStartedSpeakingFrame) this.turnStarted();
    else if (frame instanceof UserStoppedSpeakingFrame) this.turnStopped();
    else if (frame instanceof BotStartedSpeakingFrame) this.#expect(false);
    else if (frame instanceof BotStoppedSpeakingFrame) this.#expect(true);
    else if (frame instanceof UserIdleTimeoutUpdateFrame) {
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
    this.#expect(false);
  }

  turnStopped(): void {
    this.#userTurn = false;
  }

  /** Idempotent. */
  close(): void {
    this.#expect(false);
  }

  #expect(waiting: boolean): void {
    this.#waiting = waiting && !this.#userTurn;
    this.#arm();
  }

  #arm(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#waiting || this.#calls.any || this.#timeoutMs === 0) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#waiting = false;
      this.#onIdle();
    }, this.#timeoutMs);
  }
}

function checked(timeoutMs: number): number {
  if (Number.isFinite(timeoutMs) && timeoutMs >= 0) return timeoutMs;
  throw new InvalidOptionError("timeoutMs", `must be 0 (off) or more milliseconds; got ${timeoutMs}.`);
}
