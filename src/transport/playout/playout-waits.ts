import type { Clock, TimerHandle } from "../../util/clock.ts";
import type { PlayoutOutcome } from "./audio-sink.ts";

/** What a set of waits has to know about playing: how far it is, and when a position is due. */
export interface PlayoutModel {
  playedSamples(): number;
  /** On the clock's time; undefined while it cannot be told. */
  dueMs(position: number): number | undefined;
}

interface Wait {
  readonly position: number;
  readonly resolve: (outcome: PlayoutOutcome) => void;
}

/** Pending {@link AudioSink.whenPlayed} calls over a model of playing, with one timer for all. */
export class PlayoutWaits {
  readonly #clock: Clock;
  readonly #model: PlayoutModel;
  #waits: Wait[] = [];
  #timer: TimerHandle;
  #closed = false;

  constructor(clock: Clock, model: PlayoutModel) {
    this.#clock = clock;
    this.#model = model;
  }

  wait(position: number): Promise<PlayoutOutcome> {
    if (position <= this.#model.playedSamples()) return Promise.resolve("played");
    if (this.#closed) return Promise.resolve("closed");
    return new Promise((resolve) => {
      this.#waits.push({ position, resolve });
      this.update();
    });
  }

  /** Call it when the model has changed: settles what has been reached and sets the timer anew. */
  update(): void {
    this.#clearTimer();
    this.#settleReached();
    const due = this.#waits.map(({ position }) => this.#model.dueMs(position)).filter((ms) => ms !== undefined);
    if (due.length === 0) return;
    const delayMs = Math.max(0, Math.min(...due) - this.#clock.nowMs());
    this.#timer = this.#clock.setTimeout(() => this.update(), delayMs);
  }

  /** After the model has dropped what was not played. */
  flush(): void {
    this.#settleReached();
    this.#settleAll("flushed");
  }

  close(): void {
    this.#closed = true;
    this.#settleReached();
    this.#settleAll("closed");
  }

  #settleReached(): void {
    const played = this.#model.playedSamples();
    const reached = this.#waits.filter(({ position }) => position <= played);
    if (reached.length === 0) return;
    this.#waits = this.#waits.filter(({ position }) => position > played);
    for (const { resolve } of reached) resolve("played");
  }

  #settleAll(outcome: PlayoutOutcome): void {
    this.#clearTimer();
    const waits = this.#waits;
    this.#waits = [];
    for (const { resolve } of waits) resolve(outcome);
  }

  #clearTimer(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
