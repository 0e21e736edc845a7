import type { PlayoutOutcome } from "./audio-sink.ts";

interface Waiter {
  readonly position: number;
  readonly resolve: (outcome: PlayoutOutcome) => void;
}

/** Keeps the account of an audio sink: what was written, what has been played, and who waits for which position. */
export class PlayoutLedger {
  #written = 0;
  #played = 0;
  #closed = false;
  // In order of position nearly always, since writers wait for what they have just written.
  #waiters: Waiter[] = [];

  get written(): number {
    return this.#written;
  }

  get played(): number {
    return this.#played;
  }

  get closed(): boolean {
    return this.#closed;
  }

  wrote(samples: number): void {
    this.#written += samples;
  }

  /** Says how much has been played in all. More than was written (after a flush) does not count. */
  playedUpTo(position: number): void {
    const played = Math.min(position, this.#written);
    if (played <= this.#played) return;
    this.#played = played;
    this.#settle("played", ({ position: wanted }) => wanted <= played);
  }

  /** What was written and not played never will be. */
  flushed(): number {
    this.#written = this.#played;
    this.#settle("flushed", () => true);
    return this.#played;
  }

  whenPlayed(position: number): Promise<PlayoutOutcome> {
    if (position <= this.#played) return Promise.resolve("played");
    if (this.#closed) return Promise.resolve("closed");
    return new Promise((resolve) => this.#waiters.push({ position, resolve }));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#settle("closed", () => true);
  }

  #settle(outcome: PlayoutOutcome, isDue: (waiter: Waiter) => boolean): void {
    if (this.#waiters.length === 0) return;
    const due = this.#waiters.filter(isDue);
    if (due.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !isDue(waiter));
    for (const { resolve } of due) resolve(outcome);
  }
}
