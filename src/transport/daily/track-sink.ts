import type { PlayoutOutcome } from "../playout/audio-sink.ts";
import type { HostedSink } from "./call-host.ts";
import { PlayoutLedger } from "../playout/playout-ledger.ts";

/** A writer with more than this waiting to be played does not follow the playout. At 48 kHz these are 3.8 MB. */
const FULL_MS = 40_000;

/**
 * How long the voice continues while the process of the bot is busy with something else: all that a model says in one go. It
 * costs only memory: a flush drops all of it at once, and playout is counted where it happens.
 */
const LEAD_MS = 30_000;

/**
 * A sink whose PCM becomes a mono WebRTC track, wherever the track is. It plays in real time, silence included, so what
 * has been played is counted, never estimated.
 */
export abstract class TrackSink implements HostedSink {
  readonly sampleRate: number;
  readonly channels = 1;
  readonly preferredLeadMs = LEAD_MS;
  protected readonly ledger = new PlayoutLedger();
  readonly #onClose: () => Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(sampleRate: number, onClose: () => Promise<void>) {
    this.sampleRate = sampleRate;
    this.#onClose = onClose;
  }

  /** Passes PCM on to the track; there is room for it. */
  protected abstract take(pcm: Int16Array): void;

  /** Drops what has not been played. */
  protected abstract drop(): void;

  get writtenSamples(): number {
    return this.ledger.written;
  }

  get playedSamples(): number {
    return this.ledger.played;
  }

  get closed(): boolean {
    return this.ledger.closed;
  }

  write(pcm: Int16Array): boolean {
    const waiting = this.ledger.written - this.ledger.played;
    if (this.closed || waiting + pcm.length > (this.sampleRate * FULL_MS) / 1000) return false;
    this.ledger.wrote(pcm.length);
    this.take(pcm);
    return true;
  }

  endUtterance(): void {
    // A track has no marks: the silence after the last sample is the end.
  }

  flush(): number {
    this.drop();
    return this.ledger.flush();
  }

  whenPlayed(position: number): Promise<PlayoutOutcome> {
    return this.ledger.whenPlayed(position);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  /** Releases the track without a request to daily-js: the call is over, or no longer publishes it. */
  release(): void {
    this.ledger.close();
    this.drop();
  }

  async #close(): Promise<void> {
    this.ledger.close();
    this.drop();
    await this.#onClose();
    this.release();
  }
}
