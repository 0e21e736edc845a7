import type { AudioTicker } from "../../../../audio/audio-ticker.ts";
import { TICK_MS } from "../../../../audio/tick-schedule.ts";
import type { AudioData } from "../../../../util/audio-data.ts";
import type { RtcAudioSource, Wrtc } from "../../../../util/wrtc.ts";
import { FarSinkQueue } from "../../remote/far-sink-queue.ts";

/** How often playout is reported, beside the end of all sound: each report wakes the bot's process. */
const REPORT_EVERY_TICKS = 4;

/** Reports the samples that were played of a generation. */
export type OnPlayed = (generation: number, samples: number) => void;

/** Writes PCM to a track of `@roamhq/wrtc`, 10 ms at a time, and silence when there is none. */
export class NativeAudioSink {
  readonly track: MediaStreamTrack;
  readonly #source: RtcAudioSource;
  readonly #ticker: AudioTicker;
  readonly #onPlayed: OnPlayed;
  readonly #queue = new FarSinkQueue();
  readonly #frame: AudioData;
  #ticksToReport = REPORT_EVERY_TICKS;

  constructor(wrtc: Wrtc, ticker: AudioTicker, sampleRate: number, onPlayed: OnPlayed) {
    this.#source = new wrtc.nonstandard.RTCAudioSource();
    this.track = this.#source.createTrack();
    this.#ticker = ticker;
    this.#onPlayed = onPlayed;
    const numberOfFrames = (sampleRate * TICK_MS) / 1000;
    this.#frame = {
      samples: new Int16Array(numberOfFrames),
      sampleRate,
      bitsPerSample: 16,
      channelCount: 1,
      numberOfFrames,
    };
    ticker.add(this.#tick);
  }

  push(generation: number, pcm: Int16Array): void {
    this.#queue.push(generation, pcm);
  }

  flush(generation: number): void {
    this.#queue.flush(generation);
  }

  release(): void {
    this.#ticker.remove(this.#tick);
    this.#queue.clear();
    this.track.stop();
  }

  // Never stops sending, silence included: a gap in the stream makes the receiver raise its delay.
  readonly #tick = (): void => {
    this.#queue.play(this.#frame.samples);
    this.#source.onData(this.#frame);
    this.#ticksToReport--;
    if (this.#ticksToReport <= 0 || this.#queue.isEmpty) this.#report();
  };

  #report(): void {
    this.#ticksToReport = REPORT_EVERY_TICKS;
    const report = this.#queue.takeReport();
    if (report) this.#onPlayed(report.generation, report.samples);
  }
}
