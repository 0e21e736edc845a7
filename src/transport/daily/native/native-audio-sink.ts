import type { AudioSink, PlayoutOutcome } from "../../base/audio-sink.ts";
import { PlayoutLedger } from "../playout-ledger.ts";
import { type AudioTicker, TICK_MS } from "../../../audio/audio-ticker.ts";
import { PcmQueue } from "../../../audio/pcm-queue.ts";
import type { AudioData, RtcAudioSource, Wrtc } from "../../../util/wrtc.ts";

const FULL_MS = 10_000;

/** PCM into a track of `@roamhq/wrtc`, 10 ms at a time, silence when there is nothing to say. */
export class NativeAudioSink implements AudioSink {
  readonly sampleRate: number;
  readonly channels = 1;
  readonly track: MediaStreamTrack;
  readonly #source: RtcAudioSource;
  readonly #ticker: AudioTicker;
  readonly #queue = new PcmQueue();
  readonly #ledger = new PlayoutLedger();
  readonly #frame: AudioData;
  readonly #onClose: () => Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(wrtc: Wrtc, ticker: AudioTicker, sampleRate: number, onClose: () => Promise<void>) {
    this.sampleRate = sampleRate;
    this.#source = new wrtc.nonstandard.RTCAudioSource();
    this.track = this.#source.createTrack();
    this.#ticker = ticker;
    this.#onClose = onClose;
    const numberOfFrames = (sampleRate * TICK_MS) / 1_000;
    this.#frame = {
      samples: new Int16Array(numberOfFrames),
      sampleRate,
      bitsPerSample: 16,
      channelCount: 1,
      numberOfFrames,
    };
    ticker.add(this.#tick);
  }

  get writtenSamples(): number {
    return this.#ledger.written;
  }

  get playedSamples(): number {
    return this.#ledger.played;
  }

  get closed(): boolean {
    return this.#ledger.closed;
  }

  write(pcm: Int16Array): boolean {
    if (this.closed || this.#queue.length + pcm.length > (this.sampleRate * FULL_MS) / 1_000) return false;
    this.#queue.push(pcm);
    this.#ledger.wrote(pcm.length);
    return true;
  }

  endUtterance(): void {
    // A track has no marks: the silence after the last sample is the end.
  }

  flush(): number {
    this.#queue.clear();
    return this.#ledger.flushed();
  }

  whenPlayed(position: number): Promise<PlayoutOutcome> {
    return this.#ledger.whenPlayed(position);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#ledger.close();
    this.#queue.clear();
    await this.#onClose();
    this.release();
  }

  /** Stops the track itself; the call is over or no longer publishes it. */
  release(): void {
    this.#ledger.close();
    this.#ticker.remove(this.#tick);
    this.track.stop();
  }

  // Never stops sending, silence included: a gap in the stream makes the receiver raise its delay.
  readonly #tick = (): void => {
    const sound = this.#queue.read(this.#frame.samples);
    this.#source.onData(this.#frame);
    if (sound > 0) this.#ledger.playedUpTo(this.#ledger.played + sound);
  };
}
