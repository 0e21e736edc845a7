import { TrackSink } from "../track-sink.ts";
import { type AudioTicker, TICK_MS } from "../../../audio/audio-ticker.ts";
import { PcmQueue } from "../../../audio/pcm-queue.ts";
import type { AudioData } from "../../../util/audio-data.ts";
import type { RtcAudioSource, Wrtc } from "../../../util/wrtc.ts";

/** Writes PCM to a track of `@roamhq/wrtc`, 10 ms at a time, and silence when there is none. */
export class NativeAudioSink extends TrackSink {
  readonly track: MediaStreamTrack;
  readonly #source: RtcAudioSource;
  readonly #ticker: AudioTicker;
  readonly #queue = new PcmQueue();
  readonly #frame: AudioData;

  constructor(wrtc: Wrtc, ticker: AudioTicker, sampleRate: number, onClose: () => Promise<void>) {
    super(sampleRate, onClose);
    this.#source = new wrtc.nonstandard.RTCAudioSource();
    this.track = this.#source.createTrack();
    this.#ticker = ticker;
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

  override release(): void {
    super.release();
    this.#ticker.remove(this.#tick);
    this.track.stop();
  }

  protected override take(pcm: Int16Array): void {
    this.#queue.push(pcm);
  }

  protected override drop(): void {
    this.#queue.clear();
  }

  // Never stops sending, silence included: a gap in the stream makes the receiver raise its delay.
  readonly #tick = (): void => {
    const sound = this.#queue.read(this.#frame.samples);
    this.#source.onData(this.#frame);
    if (sound > 0) this.ledger.playedUpTo(this.ledger.played + sound);
  };
}
