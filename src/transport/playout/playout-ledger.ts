import type { PlayoutOutcome } from "./audio-sink.ts";
import { PlayoutWaits } from "./playout-waits.ts";

/**
 * The account of a *paced* sink: how much was written, how much has been played, and who waits for which position. All
 * numbers count samples per channel. What has been played is counted elsewhere and reported here.
 */
export class PlayoutLedger {
  readonly #waits = new PlayoutWaits();
  #written = 0;
  #played = 0;

  /** Written so far and not flushed. */
  get written(): number {
    return this.#written;
  }

  /** Played so far; never falls, and never exceeds {@link written}. */
  get played(): number {
    return this.#played;
  }

  /** Whether {@link close} was called. */
  get closed(): boolean {
    return this.#waits.closed;
  }

  /** Counts samples that were written now. */
  wrote(samples: number): void {
    this.#written += samples;
  }

  /** Reports how much has been played in all. A report of more than was written, or of less than before, changes nothing more. */
  playedUpTo(position: number): void {
    const played = Math.min(position, this.#written);
    if (played <= this.#played) return;
    this.#played = played;
    this.#waits.settleReached(played);
  }

  /** Drops what has not been played and returns the position heard. */
  flush(): number {
    this.#written = this.#played;
    this.#waits.flush();
    return this.#played;
  }

  /** Waits for `position`, as {@link AudioSink.whenPlayed} does. */
  whenPlayed(position: number): Promise<PlayoutOutcome> {
    return this.#waits.add(position, this.#played);
  }

  /** Ends all waits with "closed", and those that are still to come. Idempotent. */
  close(): void {
    this.#waits.close();
  }
}
