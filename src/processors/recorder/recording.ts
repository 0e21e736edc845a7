import type { InputAudioRawFrame, OutputAudioRawFrame } from "../../frames/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";
import { TrackTimeline } from "./track-timeline.ts";

/** A piece of the recording. Both tracks have the same length. */
export interface RecordedTracks {
  /** Start of the piece, in milliseconds since the recording began. */
  readonly startMs: number;
  /** Sample rate in Hz. */
  readonly sampleRate: number;
  /** Mono PCM of the user. */
  readonly user: Int16Array;
  /** Mono PCM of the bot. */
  readonly bot: Int16Array;
}

/** Options of a {@link Recording}. */
export interface RecordingOptions {
  readonly clock: Clock;
  /** Sample rate in Hz. */
  readonly sampleRate: number;
  readonly chunkMs: number;
  /** Takes the next piece. The next call waits until the promise has settled. Must not reject. */
  readonly onTracks: (tracks: RecordedTracks) => Promise<void>;
  /** Called when audio was dropped for the first time. */
  readonly onDropped: () => void;
}

/** Maximum number of speakers at a time; a room does not have more worth recording. */
const MAX_TRACKS = 64;
/** A speaker who has said nothing for this long is dropped. */
const FORGET_AFTER_MS = 60_000;

/**
 * One recording, from start to stop. It emits audio in chunks, one to two chunks late, so that late audio is still
 * placed correctly. Nothing older is kept.
 */
export class Recording {
  readonly #options: RecordingOptions;
  readonly #startedAtMs: number;
  readonly #users = new Map<string, TrackTimeline>();
  readonly #bots = new Map<string, TrackTimeline>();
  #timer: TimerHandle;
  #lastTickMs = 0;
  /** Number of samples per track that were emitted. */
  #rendered = 0;
  #rendering: Promise<void> | undefined;
  #refusedMs = 0;
  #forgottenMs = 0;
  #dropsReported = false;
  #stopped: Promise<void> | undefined;

  constructor(options: RecordingOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock.nowMs();
    this.#schedule();
  }

  /** Milliseconds since the recording began. */
  get elapsedMs(): number {
    return this.#options.clock.nowMs() - this.#startedAtMs;
  }

  /** Duration of the audio that could not be placed. */
  get droppedMs(): number {
    const tracks = [...this.#users.values(), ...this.#bots.values()];
    return tracks.reduce((sum, { droppedMs }) => sum + droppedMs, this.#refusedMs + this.#forgottenMs);
  }

  /** Adds audio that was captured until now, or at its `ptsMs` if it has one. */
  addUser(speaker: string, frame: InputAudioRawFrame): void {
    const startMs = frame.ptsMs === undefined ? this.elapsedMs - frame.durationMs : frame.ptsMs - this.#startedAtMs;
    this.#add(this.#users, speaker, frame, startMs);
  }

  /** Adds audio that was heard until now. */
  addBot(destination: string, frame: OutputAudioRawFrame): void {
    this.#add(this.#bots, destination, frame, this.elapsedMs - frame.durationMs);
  }

  /** Emits the rest. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#finish(this.elapsedMs);
    return this.#stopped;
  }

  #add(
    tracks: Map<string, TrackTimeline>,
    key: string,
    frame: InputAudioRawFrame | OutputAudioRawFrame,
    startMs: number,
  ): void {
    let track = tracks.get(key);
    if (track === undefined && tracks.size < MAX_TRACKS) {
      track = new TrackTimeline(this.#options.sampleRate);
      tracks.set(key, track);
    }
    if (track === undefined) {
      this.#refusedMs += frame.durationMs;
      return;
    }
    const { audio, sampleRate, numChannels, durationMs } = frame;
    track.add({ audio, sampleRate, numChannels, startMs, durationMs });
  }

  #schedule(): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#tick();
      this.#schedule();
    }, this.#options.chunkMs);
  }

  /**
   * Renders up to the previous tick, not up to now: if the event loop was blocked, audio that arrived before now is
   * handled after this.
   */
  #tick(): void {
    const untilMs = this.#lastTickMs;
    this.#lastTickMs = this.elapsedMs;
    // While the last chunk is still being written, the next tick renders everything.
    this.#rendering ??= this.#render(untilMs).finally(() => {
      this.#rendering = undefined;
    });
  }

  async #finish(endMs: number): Promise<void> {
    this.#options.clock.clearTimeout(this.#timer);
    await this.#rendering;
    await this.#render(endMs);
    await this.#renderRest(endMs);
    for (const track of [...this.#users.values(), ...this.#bots.values()]) track.close();
  }

  async #render(untilMs: number): Promise<void> {
    const chunk = this.#toSamples(this.#options.chunkMs);
    while (this.#rendered + chunk <= this.#toSamples(untilMs)) await this.#renderNext(chunk);
    this.#reportDrops();
    this.#dropIdleTracks(untilMs - FORGET_AFTER_MS);
  }

  async #renderRest(untilMs: number): Promise<void> {
    const rest = this.#toSamples(untilMs) - this.#rendered;
    if (rest > 0) await this.#renderNext(rest);
    this.#reportDrops();
  }

  #reportDrops(): void {
    if (this.#dropsReported || this.droppedMs === 0) return;
    this.#dropsReported = true;
    this.#options.onDropped();
  }

  async #renderNext(length: number): Promise<void> {
    const { sampleRate, onTracks } = this.#options;
    const from = this.#rendered;
    this.#rendered += length;
    const user = await mix(this.#users, from, length);
    const bot = await mix(this.#bots, from, length);
    await onTracks({ startMs: (from / sampleRate) * 1000, sampleRate, user, bot });
  }

  #toSamples(timeMs: number): number {
    return Math.round((timeMs / 1000) * this.#options.sampleRate);
  }

  #dropIdleTracks(beforeMs: number): void {
    for (const tracks of [this.#users, this.#bots]) {
      for (const [key, track] of tracks) {
        if (!track.isIdleSince(beforeMs)) continue;
        this.#forgottenMs += track.droppedMs;
        track.close();
        tracks.delete(key);
      }
    }
  }
}

async function mix(tracks: Map<string, TrackTimeline>, from: number, length: number): Promise<Int16Array> {
  const audio = new Int16Array(length);
  for (const track of tracks.values()) await track.render(from, audio);
  return audio;
}
