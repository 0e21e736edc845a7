import type { InputAudioRawFrame, OutputAudioRawFrame } from "../../frames/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";
import { TrackTimeline } from "./track-timeline.ts";

/** A stretch of the recording; both tracks have the same length. */
export interface RecordedTracks {
  /** Since the recording began. */
  readonly startMs: number;
  /** Hz. */
  readonly sampleRate: number;
  /** Mono. */
  readonly user: Int16Array;
  /** Mono. */
  readonly bot: Int16Array;
}

export interface RecordingOptions {
  readonly clock: Clock;
  /** Hz. */
  readonly sampleRate: number;
  readonly chunkMs: number;
  /** Takes the next stretch; the one after it comes when the promise has settled. Must not reject. */
  readonly onTracks: (tracks: RecordedTracks) => Promise<void>;
  /** Audio was dropped for the first time. */
  readonly onDropped: () => void;
}

/** Speakers at a time; a room has not more that are worth hearing. */
const MAX_TRACKS = 64;
/** A speaker who has said nothing for so long is forgotten. */
const FORGET_AFTER_MS = 60_000;

/**
 * One recording, from start to stop. Audio is given out in chunks one to two chunks behind time, so that late audio finds
 * its place; nothing older is kept.
 */
export class Recording {
  readonly #options: RecordingOptions;
  readonly #startedAtMs: number;
  readonly #users = new Map<string, TrackTimeline>();
  readonly #bots = new Map<string, TrackTimeline>();
  #timer: TimerHandle;
  #lastTickMs = 0;
  /** Samples of each track given out. */
  #rendered = 0;
  #rendering: Promise<void> | undefined;
  #refusedMs = 0;
  #forgottenMs = 0;
  #dropsTold = false;
  #stopped: Promise<void> | undefined;

  constructor(options: RecordingOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock.nowMs();
    this.#schedule();
  }

  /** Now, since the recording began. */
  get elapsedMs(): number {
    return this.#options.clock.nowMs() - this.#startedAtMs;
  }

  /** Audio that found no place. */
  get droppedMs(): number {
    const tracks = [...this.#users.values(), ...this.#bots.values()];
    return tracks.reduce((sum, { droppedMs }) => sum + droppedMs, this.#refusedMs + this.#forgottenMs);
  }

  /** Audio captured until now, or at its `ptsMs` if it has one. */
  addUser(speaker: string, frame: InputAudioRawFrame): void {
    const startMs = frame.ptsMs === undefined ? this.elapsedMs - frame.durationMs : frame.ptsMs - this.#startedAtMs;
    this.#add(this.#users, speaker, frame, startMs);
  }

  /** Audio heard until now. */
  addBot(destination: string, frame: OutputAudioRawFrame): void {
    this.#add(this.#bots, destination, frame, this.elapsedMs - frame.durationMs);
  }

  /** Gives out all that is left. Idempotent. */
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
   * Up to the tick before, not up to now: when the event loop was held up, what had arrived by then is still to be handled
   * after this.
   */
  #tick(): void {
    const untilMs = this.#lastTickMs;
    this.#lastTickMs = this.elapsedMs;
    // While the last chunk is still being written, the next tick does it all.
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
    const chunk = this.#samplesOf(this.#options.chunkMs);
    while (this.#rendered + chunk <= this.#samplesOf(untilMs)) await this.#renderNext(chunk);
    this.#tellOfDrops();
    this.#forget(untilMs - FORGET_AFTER_MS);
  }

  async #renderRest(untilMs: number): Promise<void> {
    const rest = this.#samplesOf(untilMs) - this.#rendered;
    if (rest > 0) await this.#renderNext(rest);
    this.#tellOfDrops();
  }

  #tellOfDrops(): void {
    if (this.#dropsTold || this.droppedMs === 0) return;
    this.#dropsTold = true;
    this.#options.onDropped();
  }

  async #renderNext(length: number): Promise<void> {
    const { sampleRate, onTracks } = this.#options;
    const from = this.#rendered;
    this.#rendered += length;
    const user = await mixed(this.#users, from, length);
    const bot = await mixed(this.#bots, from, length);
    await onTracks({ startMs: (from / sampleRate) * 1000, sampleRate, user, bot });
  }

  #samplesOf(timeMs: number): number {
    return Math.round((timeMs / 1000) * this.#options.sampleRate);
  }

  #forget(beforeMs: number): void {
    for (const tracks of [this.#users, this.#bots]) {
      for (const [key, track] of tracks) {
        if (!track.idleSince(beforeMs)) continue;
        this.#forgottenMs += track.droppedMs;
        track.close();
        tracks.delete(key);
      }
    }
  }
}

async function mixed(tracks: Map<string, TrackTimeline>, from: number, length: number): Promise<Int16Array> {
  const audio = new Int16Array(length);
  for (const track of tracks.values()) await track.render(from, audio);
  return audio;
}
