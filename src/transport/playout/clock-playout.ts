import type { Clock } from "../../util/clock.ts";
import type { PlayoutOutcome } from "./audio-sink.ts";
import { PlayoutTimeline } from "./playout-timeline.ts";
import { TimedPlayoutWaits } from "./timed-playout-waits.ts";

/** Audio beyond this is refused, or beyond twice the lead: such a writer does not wait for {@link AudioSink.whenPlayed}. */
const CAPACITY_MS = 10_000;

/** What a {@link ClockPlayout} needs. */
export interface ClockPlayoutOptions {
  readonly clock: Clock;
  /** In Hz. */
  readonly sampleRate: number;
  /** From a write into an idle sink until its first sample is heard, in milliseconds. Default 0. */
  readonly latencyMs?: number | undefined;
  /** How far ahead it is to be written, in milliseconds; twice as much fits, and 10 s always do. */
  readonly preferredLeadMs?: number | undefined;
}

/**
 * The account of a sink that plays in real time and does not report how far it is: what has been heard follows from the
 * clock. All positions count samples per channel.
 */
export class ClockPlayout {
  readonly #clock: Clock;
  readonly #latencyMs: number;
  readonly #capacityMs: number;
  readonly #timeline: PlayoutTimeline;
  readonly #waits: TimedPlayoutWaits;

  constructor({ clock, sampleRate, latencyMs = 0, preferredLeadMs = 0 }: ClockPlayoutOptions) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
    this.#capacityMs = Math.max(CAPACITY_MS, 2 * preferredLeadMs);
    this.#timeline = new PlayoutTimeline(sampleRate);
    this.#waits = new TimedPlayoutWaits(clock, {
      playedSamples: () => this.played,
      dueMs: (position) => this.#timeline.dueMs(position),
    });
  }

  /** Written so far and not flushed. */
  get written(): number {
    return this.#timeline.end;
  }

  /** Played so far; never falls. */
  get played(): number {
    return this.#timeline.positionAt(this.#clock.nowMs());
  }

  /** Whether this many samples fit. */
  hasRoomFor(samples: number): boolean {
    return ((this.written - this.played + samples) * 1000) / this.#timeline.sampleRate <= this.#capacityMs;
  }

  /** Counts samples that were written now. They play after what is there, or after the latency where nothing plays. */
  wrote(samples: number): void {
    const nowMs = this.#clock.nowMs();
    const isPlaying = (this.#timeline.endMs ?? -Infinity) >= nowMs;
    this.#timeline.append(samples, isPlaying ? nowMs : nowMs + this.#latencyMs);
    this.#waits.update();
  }

  /** Drops what has not been played and returns the position heard. */
  flush(): number {
    const heard = this.#timeline.flush(this.#clock.nowMs());
    this.#waits.flush();
    return heard;
  }

  /** Waits for `position`, as {@link AudioSink.whenPlayed} does. */
  whenPlayed(position: number): Promise<PlayoutOutcome> {
    return this.#waits.wait(position);
  }

  /** Ends all waits with "closed", and those that are still to come. */
  close(): void {
    this.#waits.close();
  }
}
