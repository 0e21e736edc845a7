import type { Clock, TimerHandle } from "../../util/clock.ts";

/**
 * The ways in which a pal fails. `freeze`: it stays in the room with its tracks, but says nothing and reports nothing.
 * `leave`: it leaves the room. `outOfCredits`: the account's credits run out, which ends all its conversations.
 * `roomDeleted`, `roomExpired`: the room ends for everybody in it.
 */
export type PalFailureKind = "freeze" | "leave" | "outOfCredits" | "roomDeleted" | "roomExpired";

/** A failure of a pal, on purpose. It happens once in a conversation. */
export interface PalFailure {
  /** What happens. */
  readonly kind: PalFailureKind;
  /** It fails after this much speech, in milliseconds; pauses do not count. Default 0: with its first sound. */
  readonly afterSpeechMs?: number;
  /** It fails this long after it joined (or after {@link Pal.failLater}), in milliseconds, whether or not it speaks. */
  readonly afterMs?: number;
  /** `freeze`, `leave`: it thaws, or joins again, this long after it failed, in milliseconds. Default: it does not. */
  readonly recoverAfterMs?: number;
  /** Only the pals of this many conversations fail, the first ones. Default: all. */
  readonly conversations?: number;
  /** `freeze`: what it receives meanwhile is said after the thaw. Default false: it is lost. */
  readonly keepsSpeech?: boolean;
}

/** Waits for the moment of a failure, and for the moment of the recovery. */
export class FailureTimer {
  readonly #clock: Clock;
  readonly #fail: (failure: PalFailure) => void;
  readonly #recover: (failure: PalFailure) => void;
  #armed: { readonly failure: PalFailure; speechLeftMs: number } | undefined;
  #timer: TimerHandle = undefined;

  constructor(clock: Clock, fail: (failure: PalFailure) => void, recover: (failure: PalFailure) => void) {
    this.#clock = clock;
    this.#fail = fail;
    this.#recover = recover;
  }

  /** Replaces any earlier failure that has not happened yet, and any recovery that is due. */
  arm(failure: PalFailure): void {
    this.clear();
    const { afterMs, afterSpeechMs = 0 } = failure;
    if (afterMs === undefined) {
      this.#armed = { failure, speechLeftMs: afterSpeechMs };
      return;
    }
    this.#timer = this.#clock.setTimeout(() => {
      this.#happen(failure);
    }, afterMs);
  }

  /** Called before every block of speech. Returns whether the failure happened, so that the block is not played. */
  speak(durationMs: number): boolean {
    const armed = this.#armed;
    if (!armed) return false;
    if (armed.speechLeftMs > 0) {
      armed.speechLeftMs -= durationMs;
      return false;
    }
    this.#happen(armed.failure);
    return true;
  }

  clear(): void {
    this.#armed = undefined;
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #happen(failure: PalFailure): void {
    this.clear();
    this.#fail(failure);
    const { recoverAfterMs } = failure;
    if (recoverAfterMs === undefined) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.clear();
      this.#recover(failure);
    }, recoverAfterMs);
  }
}
