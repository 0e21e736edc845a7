import type { Clock, TimerHandle } from "../../util/clock.ts";
import type { ConversationLimits, ShutdownReason } from "./conversation.ts";

/** The three time limits of one conversation. They run from its creation, whether or not anybody has joined. */
export class ConversationTimers {
  readonly #clock: Clock;
  readonly #limits: ConversationLimits;
  readonly #onExpired: (reason: ShutdownReason) => void;
  readonly #maxDuration: TimerHandle;
  readonly #absent: TimerHandle;
  #left: TimerHandle = undefined;
  /** Called for every participant but the pal; a bot counts as a person. */
  #participants = 0;

  constructor(clock: Clock, limits: ConversationLimits, onExpired: (reason: ShutdownReason) => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#onExpired = onExpired;
    this.#maxDuration = this.#start(limits.maxCallDurationS, "max_call_duration reached");
    this.#absent = this.#start(limits.participantAbsentTimeoutS, "participant_absent_timeout reached");
  }

  participantJoined(): void {
    this.#participants++;
    this.#clear(this.#absent);
    this.#clear(this.#left);
  }

  participantLeft(): void {
    if (this.#participants === 0) return;
    this.#participants--;
    if (this.#participants > 0) return;
    this.#left = this.#start(this.#limits.participantLeftTimeoutS, "participant_left_timeout reached");
  }

  clear(): void {
    this.#clear(this.#maxDuration);
    this.#clear(this.#absent);
    this.#clear(this.#left);
  }

  #start(seconds: number, reason: ShutdownReason): TimerHandle {
    return this.#clock.setTimeout(() => {
      this.#onExpired(reason);
    }, seconds * 1000);
  }

  /** Idempotent. */
  #clear(timer: TimerHandle): void {
    if (timer !== undefined) this.#clock.clearTimeout(timer);
  }
}
