import type { Clock, TimerHandle } from "../../util/clock.ts";
import type { PlayoutOutcome } from "./audio-sink.ts";
import { PlayoutWaits } from "./playout-waits.ts";

/** Playout that is computed from the clock rather than counted. Positions count samples per channel. */
export interface PlayoutModel {
  /** How much has been played by now. */
  playedSamples(): number;
  /** When `position` will have been played, on the clock's time; undefined while that is unknown. */
  dueMs(position: number): number | undefined;
}

/** {@link PlayoutWaits} over a model of the playout, with one timer for all of them. */
export class TimedPlayoutWaits {
  readonly #clock: Clock;
  readonly #model: PlayoutModel;
  readonly #waits = new PlayoutWaits();
  readonly #dueMs = (position: number): number | undefined => this.#model.dueMs(position);
  #timer: TimerHandle;

  constructor(clock: Clock, model: PlayoutModel) {
    this.#clock = clock;
    this.#model = model;
  }

  /** Waits for `position`, as {@link AudioSink.whenPlayed} does. */
  wait(position: number): Promise<PlayoutOutcome> {
    const played = this.#model.playedSamples();
    const outcome = this.#waits.add(position, played);
    if (position > played && !this.#waits.closed) this.update();
    return outcome;
  }

  /** Ends the waits that have been reached and sets the timer again. To be called whenever the model has changed. */
  update(): void {
    this.#clearTimer();
    this.#settleReached();
    const dueMs = this.#waits.earliestDueMs(this.#dueMs);
    if (dueMs === undefined) return;
    const delayMs = Math.max(0, dueMs - this.#clock.nowMs());
    this.#timer = this.#clock.setTimeout(() => this.update(), delayMs);
  }

  /** To be called after the model was flushed: what it has reached counts as played, all else as flushed. */
  flush(): void {
    this.#settleReached();
    this.#clearTimer();
    this.#waits.flush();
  }

  /** Ends all waits, and those that are still to come. */
  close(): void {
    this.#settleReached();
    this.#clearTimer();
    this.#waits.close();
  }

  #settleReached(): void {
    this.#waits.settleReached(this.#model.playedSamples());
  }

  #clearTimer(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
