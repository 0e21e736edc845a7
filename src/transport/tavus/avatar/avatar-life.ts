import type { Clock } from "../../../util/clock.ts";
import { nextAvatarState, type AvatarInput, type AvatarReason, type AvatarState } from "./avatar-state.ts";

/** One change of the state. */
export interface AvatarChange {
  readonly state: AvatarState;
  readonly before: AvatarState;
  /** How long the state before lasted, in milliseconds. */
  readonly lastedMs: number;
}

export interface AvatarLifeOptions {
  readonly clock: Clock;
  readonly onChange: (change: AvatarChange) => void;
}

/** The avatar's state over a transport's life, with the time spent in each state and the failures by reason. */
export class AvatarLife {
  readonly #onChange: (change: AvatarChange) => void;
  readonly #spentMs = new Map<AvatarState["is"], number>();
  readonly #failures = new Map<AvatarReason, number>();
  #clock: Clock;
  #sinceMs: number;
  #state: AvatarState = { is: "none", reason: "notStarted" };
  #isOver = false;

  constructor({ clock, onChange }: AvatarLifeOptions) {
    this.#clock = clock;
    this.#sinceMs = clock.nowMs();
    this.#onChange = onChange;
  }

  get state(): AvatarState {
    return this.#state;
  }

  /** Milliseconds in each state so far. */
  get spentMs(): ReadonlyMap<AvatarState["is"], number> {
    return new Map(this.#spentMs).set(this.#state.is, this.#total(this.#state.is, this.#lastedMs));
  }

  /** How often the avatar became absent or failed, by reason. */
  get failures(): ReadonlyMap<AvatarReason, number> {
    return new Map(this.#failures);
  }

  /** The pipeline brings its own clock. */
  useClock(clock: Clock): void {
    this.#spentMs.set(this.#state.is, this.#total(this.#state.is, this.#lastedMs));
    this.#clock = clock;
    this.#sinceMs = clock.nowMs();
  }

  /** Reports a change, once. */
  report(input: AvatarInput): void {
    if (this.#isOver) return;
    const before = this.#state;
    const state = nextAvatarState(before, input);
    if (state === before) return;
    const lastedMs = this.#lastedMs;
    this.#spentMs.set(before.is, this.#total(before.is, lastedMs));
    this.#sinceMs = this.#clock.nowMs();
    this.#state = state;
    if (state.is === "absent" || state.is === "failed")
      this.#failures.set(state.reason, (this.#failures.get(state.reason) ?? 0) + 1);
    this.#onChange({ state, before, lastedMs });
  }

  /** The call is being closed: from here on nothing changes. Idempotent. */
  close(): void {
    this.#isOver = true;
  }

  get #lastedMs(): number {
    return this.#clock.nowMs() - this.#sinceMs;
  }

  #total(is: AvatarState["is"], addedMs: number): number {
    return (this.#spentMs.get(is) ?? 0) + addedMs;
  }
}
