import { createResampler, type StreamResampler } from "../../../../audio/resampler.ts";
import type { AudioData } from "../../../../util/audio-data.ts";
import type { RtcAudioSink, Wrtc } from "../../../../util/wrtc.ts";

/** The rate at which libwebrtc delivers received audio here; measured, not documented. */
export const USUAL_RECEIVE_RATE = 48_000;

/** Takes PCM from a track of `@roamhq/wrtc`, mono and at the rate that the bot wants. */
export class NativeAudioCapture {
  readonly #wrtc: Wrtc;
  readonly #sampleRate: number;
  readonly #onPcm: (pcm: Int16Array) => void;
  #resampler: StreamResampler | undefined;
  #resamplerRate = 0;
  #sink: RtcAudioSink | undefined;
  #isReleased = false;

  constructor(wrtc: Wrtc, sampleRate: number, onPcm: (pcm: Int16Array) => void) {
    this.#wrtc = wrtc;
    this.#sampleRate = sampleRate;
    this.#onPcm = onPcm;
    this.#resampleFrom(USUAL_RECEIVE_RATE);
  }

  open(track: MediaStreamTrack): void {
    this.close();
    const sink = new this.#wrtc.nonstandard.RTCAudioSink(track);
    sink.ondata = (data) => {
      this.#deliver(data);
    };
    this.#sink = sink;
  }

  /** The track is gone; there may be another. */
  close(): void {
    if (!this.#sink) return;
    this.#sink.ondata = null;
    this.#sink.stop();
    this.#sink = undefined;
  }

  release(): void {
    this.close();
    this.#isReleased = true;
    this.#resampler?.close();
    this.#resampler = undefined;
  }

  #deliver({ samples, sampleRate, channelCount }: AudioData): void {
    const mono = channelCount === 1 ? samples : leftChannel(samples, channelCount);
    // Rare: libwebrtc changed its mixing rate. A block or two are lost while the new resampler is made.
    if (sampleRate !== this.#resamplerRate) this.#resampleFrom(sampleRate);
    const pcm = this.#resampler?.process(mono);
    if (pcm && pcm.length > 0) this.#onPcm(pcm);
  }

  #resampleFrom(rate: number): void {
    this.#resamplerRate = rate;
    this.#resampler?.close();
    this.#resampler = undefined;
    void createResampler(rate, this.#sampleRate).then((resampler) => {
      if (this.#isReleased || rate !== this.#resamplerRate) resampler.close();
      else this.#resampler = resampler;
    });
  }
}

function leftChannel(samples: Int16Array, channelCount: number): Int16Array {
  const mono = new Int16Array(samples.length / channelCount);
  for (let i = 0; i < mono.length; i++) mono[i] = samples[i * channelCount] ?? 0;
  return mono;
}
