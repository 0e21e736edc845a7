import { AudioTicker } from "../../audio/audio-ticker.ts";
import { measurePeak } from "../../audio/index.ts";
import { TICK_MS } from "../../audio/tick-schedule.ts";
import type { AudioData } from "../../util/audio-data.ts";
import type { Clock } from "../../util/clock.ts";
import type { RtcAudioSource, Wrtc } from "../../util/wrtc.ts";

/** 10 ms of speech, played when it is due. */
interface Due {
  readonly dueMs: number;
  readonly data: AudioData;
}

/** The pal's microphone rate until it has said something. */
const IDLE_RATE = 48_000;
/** A peak above this is speech; digital silence, also through a codec, stays below. */
export const SPEECH_PEAK = 100;
/** Silence of this length ends an utterance that has no mark at its end (a track has no marks). */
const END_OF_SPEECH_MS = 300;

export interface VoiceEvents {
  /** Called before 10 ms of speech are played; returns whether the pal has failed just now, so that they are not. */
  mayFail(durationMs: number): boolean;
  onStarted(): void;
  onStopped(stopped: { readonly interrupted: boolean; readonly durationMs: number }): void;
  /** Called with every 10 ms block the pal plays, including silence. */
  onPlayed(data: AudioData, peak: number): void;
}

function monoBlock(samples: Int16Array, sampleRate: number): AudioData {
  return { samples, sampleRate, bitsPerSample: 16, channelCount: 1, numberOfFrames: samples.length };
}

function silenceAt(sampleRate: number): AudioData {
  return monoBlock(new Int16Array((sampleRate * TICK_MS) / 1000), sampleRate);
}

/** The pal's voice: plays 10 ms blocks when they are due, on a steady clock, and reports when speech starts and stops. */
export class PalVoice {
  readonly track: MediaStreamTrack;
  readonly #source: RtcAudioSource;
  readonly #clock: Clock;
  readonly #ticker: AudioTicker;
  readonly #events: VoiceEvents;
  #silence: AudioData = silenceAt(IDLE_RATE);
  #queue: Due[] = [];
  #speakingSinceMs: number | undefined;
  #lastSpeechMs = 0;
  #ending = false;
  #closed = false;
  #frozen: { readonly keepsSpeech: boolean } | undefined;

  constructor(wrtc: Wrtc, clock: Clock, events: VoiceEvents) {
    this.#clock = clock;
    this.#events = events;
    this.#source = new wrtc.nonstandard.RTCAudioSource();
    this.track = this.#source.createTrack();
    this.#ticker = new AudioTicker(clock);
    this.#ticker.add(this.#tick);
  }

  /** Queued speech, in milliseconds. */
  get bufferedMs(): number {
    return this.#queue.length * TICK_MS;
  }

  /** Queues a block to be played no earlier than `delayMs` from now. */
  say(samples: Int16Array, sampleRate: number, delayMs: number): void {
    const dueMs = this.#clock.nowMs() + delayMs;
    this.#queue.push({ dueMs, data: monoBlock(samples, sampleRate) });
  }

  /** The utterance is complete: it ends with its last block rather than with silence. */
  endUtterance(): void {
    this.#ending = true;
  }

  /** Drops everything queued and stops within the current 10 ms block. */
  interrupt(): void {
    this.#queue = [];
    this.#ending = false;
    this.#stopSpeaking(true);
  }

  /** Plays silence and reports nothing, until {@link thaw}. What is due meanwhile is lost, or waits (`keepsSpeech`). */
  freeze(keepsSpeech: boolean): void {
    this.#frozen = { keepsSpeech };
    this.#speakingSinceMs = undefined;
  }

  thaw(): void {
    this.#frozen = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#ticker.remove(this.#tick);
    this.track.stop();
  }

  readonly #tick = (): void => {
    const now = this.#clock.nowMs();
    const isDue = (this.#queue[0]?.dueMs ?? Infinity) <= now;
    // Its failure comes before the block: the block is then part of what was not said.
    if (isDue && !this.#frozen && this.#nextPeak() > SPEECH_PEAK && this.#events.mayFail(TICK_MS) && this.#closed)
      return;
    const due = isDue && this.#frozen?.keepsSpeech !== true ? this.#queue.shift() : undefined;
    const said = this.#frozen ? undefined : due;
    const data = said?.data ?? this.#silence;
    // Silence keeps the last utterance's sample rate: at every change of rate libwebrtc plays what its resampler for the
    // new rate still holds, a click from an earlier utterance.
    if (data.sampleRate !== this.#silence.sampleRate) this.#silence = silenceAt(data.sampleRate);
    const peak = said ? measurePeak(said.data.samples) : 0;
    this.#source.onData(data);
    this.#events.onPlayed(data, peak);
    if (peak > SPEECH_PEAK) {
      this.#lastSpeechMs = now;
      if (this.#speakingSinceMs === undefined) {
        this.#speakingSinceMs = now;
        this.#events.onStarted();
      }
    } else if (this.#speakingSinceMs !== undefined) {
      const markedEnd = this.#ending && this.#queue.length === 0;
      if (markedEnd || now - this.#lastSpeechMs > END_OF_SPEECH_MS) this.#stopSpeaking(false);
    }
    if (this.#queue.length === 0) this.#ending = false;
  };

  #nextPeak(): number {
    const next = this.#queue[0];
    return next ? measurePeak(next.data.samples) : 0;
  }

  #stopSpeaking(interrupted: boolean): void {
    if (this.#speakingSinceMs === undefined) return;
    const endMs = interrupted ? this.#clock.nowMs() : this.#lastSpeechMs;
    const durationMs = endMs - this.#speakingSinceMs;
    this.#speakingSinceMs = undefined;
    this.#events.onStopped({ interrupted, durationMs });
  }
}
