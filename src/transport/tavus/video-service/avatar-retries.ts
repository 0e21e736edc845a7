import type { AvatarReason } from "../avatar/avatar-state.ts";

/** Before each attempt to get another conversation. After them it is left alone: the cause is not a passing one. */
const DELAYS_MS: readonly number[] = [1000, 3000, 10_000, 30_000, 60_000];
/** A pal that spoke for so long was there: what fails after that is another failure. */
const GOOD_AFTER_MS = 60_000;

/** What another attempt cannot change. */
const FINAL: ReadonlySet<AvatarReason> = new Set([
  "notConfigured",
  "unauthorized",
  "outOfCredits",
  "forbidden",
  "notFound",
  "invalidRequest",
  "vetoed",
]);

/** When another conversation is tried after a failure: later each time, and not forever. */
export class AvatarRetries {
  #attempts = 0;
  #speakingSinceMs: number | undefined;

  /** The pal is there. */
  speaking(nowMs: number): void {
    this.#speakingSinceMs ??= nowMs;
  }

  /** How long to wait until the next attempt, in milliseconds; undefined when there is none. */
  failed(reason: AvatarReason, nowMs: number): number | undefined {
    if (this.#speakingSinceMs !== undefined && nowMs - this.#speakingSinceMs >= GOOD_AFTER_MS) this.#attempts = 0;
    this.#speakingSinceMs = undefined;
    if (FINAL.has(reason)) return undefined;
    return DELAYS_MS[this.#attempts++];
  }
}
