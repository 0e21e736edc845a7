import type { AudioSink, PlayoutOutcome } from "../transport/playout/audio-sink.ts";
import { ClockPlayout } from "../transport/playout/clock-playout.ts";
import type { Clock } from "../util/clock.ts";

/** Options of a {@link ScriptedAudioSink}. */
export interface ScriptedAudioSinkOptions {
  /** Clock that playout runs on. */
  readonly clock: Clock;
  /** Sample rate in Hz. */
  readonly sampleRate: number;
  /** Number of channels. Default 1. */
  readonly channels?: number;
  /** Time from a write into an idle sink until its first sample plays, in milliseconds. Default 0. */
  readonly latencyMs?: number;
  /**
   * The sink's preferred lead in milliseconds; make it large for a sink that is fed ahead of real time. Default: none.
   */
  readonly preferredLeadMs?: number;
}

/** Record of one write. */
export interface ScriptedWrite {
  /** When it was written, in milliseconds on the clock. */
  readonly atMs: number;
  /** The PCM that was written. */
  readonly pcm: Int16Array;
  /** Start position, in samples per channel. */
  readonly position: number;
}

/** An {@link AudioSink} for tests: plays in real time on the given clock and records every call. */
export class ScriptedAudioSink implements AudioSink {
  readonly sampleRate: number;
  readonly channels: number;
  readonly preferredLeadMs: number | undefined;
  /** Every accepted write. */
  readonly writes: ScriptedWrite[] = [];
  /** Every flush, with the position that remained after it. */
  readonly flushes: { readonly atMs: number; readonly position: number }[] = [];
  /** Every end of an utterance, with its position. */
  readonly utteranceEnds: { readonly atMs: number; readonly position: number }[] = [];
  /** The starts of words that were marked, in the order of the calls. */
  readonly wordStarts: number[] = [];
  readonly #clock: Clock;
  readonly #playout: ClockPlayout;
  #closed = false;
  #refusing: boolean | Error = false;

  constructor(options: ScriptedAudioSinkOptions) {
    this.sampleRate = options.sampleRate;
    this.channels = options.channels ?? 1;
    this.preferredLeadMs = options.preferredLeadMs;
    this.#clock = options.clock;
    this.#playout = new ClockPlayout(options);
  }

  get writtenSamples(): number {
    return this.#playout.written;
  }

  get playedSamples(): number {
    return this.#playout.played;
  }

  /** Whether the sink was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Returns all PCM played so far, without what was flushed before it was heard. */
  heard(): Int16Array {
    const played = this.playedSamples * this.channels;
    const heard = new Int16Array(played);
    // A later write at the same position replaces what a flush took back.
    for (const { pcm, position } of this.writes) {
      const from = position * this.channels;
      if (from < played) heard.set(pcm.subarray(0, played - from), from);
    }
    return heard;
  }

  /** Makes `write` return false, as a full sink does, or throw the error. Pass false to accept writes again. */
  refuseWrites(refusing: boolean | Error = true): void {
    this.#refusing = refusing;
  }

  /** Flushes at the far end, as a pal does that another participant has interrupted. */
  flushFromFarEnd(): void {
    this.#playout.flush();
  }

  write(pcm: Int16Array): boolean {
    if (this.#refusing instanceof Error) throw this.#refusing;
    const samples = pcm.length / this.channels;
    if (this.#closed || this.#refusing || !this.#playout.hasRoomFor(samples)) return false;
    const nowMs = this.#clock.nowMs();
    this.writes.push({ atMs: nowMs, pcm, position: this.#playout.written });
    this.#playout.wrote(samples);
    return true;
  }

  markWord(position: number): void {
    this.wordStarts.push(position);
  }

  endUtterance(): void {
    this.utteranceEnds.push({ atMs: this.#clock.nowMs(), position: this.#playout.written });
  }

  flush(): number {
    const position = this.#playout.flush();
    this.flushes.push({ atMs: this.#clock.nowMs(), position });
    return position;
  }

  whenPlayed(position: number): Promise<PlayoutOutcome> {
    return this.#playout.whenPlayed(position);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#playout.close();
    return Promise.resolve();
  }
}
