import type { Clock } from "../../util/clock.ts";
import type { AudioSink, PlayoutOutcome } from "./audio-sink.ts";
import { ClockPlayout } from "./clock-playout.ts";

/** What a {@link RemoteAudioSink} needs. */
export interface RemoteAudioSinkOptions {
  /** The clock that the estimate follows. */
  readonly clock: Clock;
  /** Rate of the PCM that the peer takes, in Hz. */
  readonly sampleRate: number;
  /** Channels of the PCM that the peer takes. Default 1. */
  readonly channels?: number;
  /** From a write into an idle sink until its first sample is heard, in milliseconds. Default 0. */
  readonly latencyMs?: number;
  /**
   * How far ahead of playing the peer is fed, in milliseconds. Default 200. A peer that buffers, and drops all at a clear, may be
   * fed much: then the voice continues while this process is busy.
   */
  readonly preferredLeadMs?: number;
  /** Sends interleaved signed 16-bit PCM to the peer. The array is the callee's to keep. */
  send(pcm: Int16Array): void;
  /** Makes the peer drop everything that it has not played. */
  clear(): void;
  /** The utterance is complete. Default: nothing is sent. */
  endUtterance?(): void;
  /** Called once, by `close`. */
  close?(): void | Promise<void>;
}

/**
 * An {@link AudioSink} for a peer that plays what it receives in real time and does not report how far it is: a phone
 * gateway, a page behind a WebSocket. What has been heard is estimated from when it was sent and how long it lasts.
 */
export class RemoteAudioSink implements AudioSink {
  /** Rate of the PCM that `write` takes, in Hz. */
  readonly sampleRate: number;
  /** Channels of the PCM that `write` takes. Default 1. */
  readonly channels: number;
  /** As in the options, in milliseconds. */
  readonly preferredLeadMs: number | undefined;
  readonly #options: RemoteAudioSinkOptions;
  readonly #playout: ClockPlayout;
  #closing: Promise<void> | undefined;

  /** The peer is connected already: the sink only sends. */
  constructor(options: RemoteAudioSinkOptions) {
    this.#options = options;
    this.sampleRate = options.sampleRate;
    this.channels = options.channels ?? 1;
    this.preferredLeadMs = options.preferredLeadMs;
    this.#playout = new ClockPlayout(options);
  }

  /** Samples per channel sent so far and not flushed. */
  get writtenSamples(): number {
    return this.#playout.written;
  }

  /** Samples per channel heard so far, by the estimate. */
  get playedSamples(): number {
    return this.#playout.played;
  }

  /** Whether {@link close} was called. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * Sends PCM to the peer. Returns false once closed, or while more than 10 s (or twice `preferredLeadMs`) wait to be heard.
   *
   * @throws What the `send` of the options throws.
   */
  write(pcm: Int16Array): boolean {
    const samples = pcm.length / this.channels;
    if (this.closed || !this.#playout.hasRoomFor(samples)) return false;
    this.#options.send(pcm);
    this.#playout.wrote(samples);
    return true;
  }

  /** Marks the utterance as complete. */
  endUtterance(): void {
    this.#options.endUtterance?.();
  }

  /** Drops what has not been heard, here and at the peer. Returns the position heard. */
  flush(): number {
    const heard = this.#playout.flush();
    this.#options.clear();
    return heard;
  }

  /** Resolves when `position` has been heard, by the estimate, or with the reason why it never will be. */
  whenPlayed(position: number): Promise<PlayoutOutcome> {
    return this.#playout.whenPlayed(position);
  }

  /** Closes the sink. Pending waits end with "closed". Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#playout.close();
    await this.#options.close?.();
  }
}
