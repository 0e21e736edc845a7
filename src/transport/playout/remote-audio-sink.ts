import type { Clock } from "../../util/clock.ts";
import type { AudioSink, PlayoutOutcome } from "./audio-sink.ts";
import { PlayoutTimeline } from "./playout-timeline.ts";
import { TimedPlayoutWaits } from "./timed-playout-waits.ts";

/** More than this waiting at the peer is refused: whoever writes so far ahead does not wait for {@link AudioSink.whenPlayed}. */
const CAPACITY_MS = 10_000;

export interface RemoteAudioSinkOptions {
  readonly clock: Clock;
  /** Rate of the PCM that the peer takes, in Hz. */
  readonly sampleRate: number;
  /** Default 1. */
  readonly channels?: number;
  /** From a write into an idle sink until its first sample is heard, in milliseconds. Default 0. */
  readonly latencyMs?: number;
  /** How far ahead of playing the peer is fed, in milliseconds. Default 200. */
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
  readonly sampleRate: number;
  readonly channels: number;
  readonly preferredLeadMs: number | undefined;
  readonly #options: RemoteAudioSinkOptions;
  readonly #timeline: PlayoutTimeline;
  readonly #waits: TimedPlayoutWaits;
  #closing: Promise<void> | undefined;

  constructor(options: RemoteAudioSinkOptions) {
    this.#options = options;
    this.sampleRate = options.sampleRate;
    this.channels = options.channels ?? 1;
    this.preferredLeadMs = options.preferredLeadMs;
    this.#timeline = new PlayoutTimeline(options.sampleRate);
    this.#waits = new TimedPlayoutWaits(options.clock, {
      playedSamples: () => this.playedSamples,
      dueMs: (position) => this.#timeline.dueMs(position),
    });
  }

  get writtenSamples(): number {
    return this.#timeline.end;
  }

  get playedSamples(): number {
    return this.#timeline.positionAt(this.#options.clock.nowMs());
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  write(pcm: Int16Array): boolean {
    const samples = pcm.length / this.channels;
    const waitingMs = ((this.writtenSamples - this.playedSamples + samples) * 1000) / this.sampleRate;
    if (this.closed || waitingMs > CAPACITY_MS) return false;
    const nowMs = this.#options.clock.nowMs();
    const isPlaying = (this.#timeline.endMs ?? -Infinity) >= nowMs;
    this.#timeline.append(samples, isPlaying ? nowMs : nowMs + (this.#options.latencyMs ?? 0));
    this.#options.send(pcm);
    this.#waits.update();
    return true;
  }

  endUtterance(): void {
    this.#options.endUtterance?.();
  }

  flush(): number {
    const heard = this.#timeline.flush(this.#options.clock.nowMs());
    this.#options.clear();
    this.#waits.flush();
    return heard;
  }

  whenPlayed(position: number): Promise<PlayoutOutcome> {
    return this.#waits.wait(position);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#waits.close();
    await this.#options.close?.();
  }
}
