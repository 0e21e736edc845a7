import type { PlayoutOutcome } from "./audio-sink.ts";

interface Wait {
  readonly position: number;
  readonly resolve: (outcome: PlayoutOutcome) => void;
}

/**
 * The pending {@link AudioSink.whenPlayed} calls of one sink. How much has been played is its owner's knowledge: the owner
 * passes it in. Positions count samples per channel.
 */
export class PlayoutWaits {
  // In order of position nearly always, since writers wait for what they have just written.
  #waits: Wait[] = [];
  #closed = false;

  /** Whether {@link close} was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Waits for `position`. The answer is immediate where `played` has reached it, and after {@link close}. */
  add(position: number, played: number): Promise<PlayoutOutcome> {
    if (position <= played) return Promise.resolve("played");
    if (this.#closed) return Promise.resolve("closed");
    return new Promise((resolve) => this.#waits.push({ position, resolve }));
  }

  /** Ends the waits that `played` has reached. */
  settleReached(played: number): void {
    if (!this.#waits.some(({ position }) => position <= played)) return;
    const reached = this.#waits.filter(({ position }) => position <= played);
    this.#waits = this.#waits.filter(({ position }) => position > played);
    for (const { resolve } of reached) resolve("played");
  }

  /** Ends all waits: the positions they are for were flushed. */
  flush(): void {
    this.#settleAll("flushed");
  }

  /** Ends all waits, and those that are still to come. */
  close(): void {
    this.#closed = true;
    this.#settleAll("closed");
  }

  /** The first position that is waited for. */
  get nextPosition(): number | undefined {
    return this.earliestDueMs((position) => position);
  }

  /** The earliest of the times that `dueMs` gives for the positions; undefined when it gives none. */
  earliestDueMs(dueMs: (position: number) => number | undefined): number | undefined {
    let earliestMs: number | undefined;
    for (const { position } of this.#waits) {
      const ms = dueMs(position);
      if (ms !== undefined && (earliestMs === undefined || ms < earliestMs)) earliestMs = ms;
    }
    return earliestMs;
  }

  #settleAll(outcome: PlayoutOutcome): void {
    const waits = this.#waits;
    this.#waits = [];
    for (const { resolve } of waits) resolve(outcome);
  }
}
