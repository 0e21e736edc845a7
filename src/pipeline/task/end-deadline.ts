import type { Clock, TimerHandle } from "../../util/clock.ts";

type State =
  | { readonly is: "notAsked" }
  /** An End or StopFrame was queued; it may still wait for the start. */
  | { readonly is: "asked" }
  /** It is on its way through the pipeline. */
  | { readonly is: "bounded"; readonly timer: TimerHandle };

/** Whether a task was asked to end, and how long that may take. */
export class EndDeadline {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onTimeout: () => void;
  #state: State = { is: "notAsked" };

  constructor(clock: Clock, timeoutMs: number, onTimeout: () => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#onTimeout = onTimeout;
  }

  get asked(): boolean {
    return this.#state.is !== "notAsked";
  }

  ask(): void {
    if (this.#state.is === "notAsked") this.#state = { is: "asked" };
  }

  /** An End or StopFrame was seen: the time runs from the first one on. */
  bound(): void {
    if (this.#state.is !== "bounded")
      this.#state = { is: "bounded", timer: this.#clock.setTimeout(this.#onTimeout, this.#timeoutMs) };
  }

  stop(): void {
    if (this.#state.is === "bounded") this.#clock.clearTimeout(this.#state.timer);
  }
}
