import type { DailyCall as DailyCallObject } from "@daily-co/daily-js";

import { createResampler, type StreamResampler } from "../../../audio/index.ts";
import type { AudioData } from "../../../util/audio-data.ts";
import { type Clock, systemClock } from "../../../util/clock.ts";
import { CallDriver, type MediaEnds } from "../call-driver.ts";
import type { CallHost, HostedSink, HostListener } from "../call-host.ts";
import { DailyCallError } from "../daily-errors.ts";
import { asFailure, usualCode } from "../driver-failure.ts";
import type { DriverMethod, DriverRequests } from "../driver-messages.ts";
import type { HostedVideoSink, HostedVideoSinkOptions } from "../fitted-video-sink.ts";
import type { Picture } from "../picture.ts";
import { AudioTicker } from "../../../audio/audio-ticker.ts";
import { loadDailyInNode } from "./daily-in-node.ts";
import { NativeAudioSink } from "./native-audio-sink.ts";
import { NativeVideoSink } from "./native-video-sink.ts";
import { NativeVideoCapture } from "./native-video-capture.ts";
import { loadWrtc, type RtcAudioSink, type Wrtc } from "../../../util/wrtc.ts";

/** The rate at which libwebrtc delivers received audio here; measured, not documented. */
const USUAL_RECEIVE_RATE = 48_000;

let sharedTicker: AudioTicker | undefined;

interface Capture {
  readonly sampleRate: number;
  readonly onPcm: (pcm: Int16Array) => void;
  resampler: StreamResampler | undefined;
  resamplerRate: number;
  sink: RtcAudioSink | undefined;
}

/** daily-js in this process, on `@roamhq/wrtc`. */
export class NativeHost implements CallHost, MediaEnds {
  readonly runtime = "native";
  readonly #wrtc: Wrtc;
  readonly #listener: HostListener;
  readonly #ticker: AudioTicker;
  readonly #sinks = new Map<number, NativeAudioSink>();
  readonly #videoSinks = new Map<number, NativeVideoSink>();
  readonly #captures = new Map<number, Capture>();
  readonly #videoCaptures = new Map<number, NativeVideoCapture>();
  #driver: CallDriver | undefined;
  #closed = false;

  private constructor(wrtc: Wrtc, listener: HostListener, clock: Clock) {
    this.#wrtc = wrtc;
    this.#listener = listener;
    this.#ticker = sharedTicker ??= new AudioTicker(clock);
  }

  static start(listener: HostListener, clock: Clock = systemClock): Promise<NativeHost> {
    return Promise.resolve(new NativeHost(loadWrtc(), listener, clock));
  }

  async request<M extends DriverMethod>(method: M, argument: DriverRequests[M][0]): Promise<DriverRequests[M][1]> {
    if (!this.#driver) {
      if (method !== "join") return undefined;
      this.#driver = this.#createDriver((argument as DriverRequests["join"][0]).bundlePath);
    }
    const run = this.#driver[method].bind(this.#driver) as (a: DriverRequests[M][0]) => Promise<DriverRequests[M][1]>;
    try {
      return await run(argument);
    } catch (thrown) {
      const { code, message } = asFailure(thrown, usualCode(method));
      throw new DailyCallError(code, message, { cause: thrown });
    }
  }

  createSink(sinkId: number, sampleRate: number, onClose: () => Promise<void>): HostedSink {
    const sink = new NativeAudioSink(this.#wrtc, this.#ticker, sampleRate, onClose);
    this.#sinks.set(sinkId, sink);
    return sink;
  }

  createVideoSink(sinkId: number, options: HostedVideoSinkOptions): HostedVideoSink {
    const sink = new NativeVideoSink(this.#wrtc, options);
    this.#videoSinks.set(sinkId, sink);
    return sink;
  }

  async addCapture(captureId: number, sampleRate: number, onPcm: (pcm: Int16Array) => void): Promise<void> {
    const resampler = await this.#resampler(USUAL_RECEIVE_RATE, sampleRate);
    this.#captures.set(captureId, { sampleRate, onPcm, resampler, resamplerRate: USUAL_RECEIVE_RATE, sink: undefined });
  }

  addVideoCapture(captureId: number, maxWidth: number, onPicture: (picture: Picture) => void): void {
    this.#videoCaptures.set(captureId, new NativeVideoCapture(this.#wrtc, maxWidth, onPicture));
  }

  wantPicture(captureId: number): void {
    this.#videoCaptures.get(captureId)?.want();
  }

  removeCapture(captureId: number): void {
    this.closeCapture(captureId);
    this.#captures.get(captureId)?.resampler?.close();
    this.#captures.delete(captureId);
    this.#videoCaptures.delete(captureId);
  }

  openSource(sinkId: number): MediaStreamTrack {
    const sink = this.#sinks.get(sinkId);
    if (!sink) throw new DailyCallError("trackFailed", `There is no audio sink ${sinkId}.`);
    return sink.track;
  }

  closeSource(sinkId: number): void {
    this.#sinks.delete(sinkId);
  }

  openVideoSource(sinkId: number): MediaStreamTrack {
    const sink = this.#videoSinks.get(sinkId);
    if (!sink) throw new DailyCallError("trackFailed", `There is no video sink ${sinkId}.`);
    return sink.track;
  }

  closeVideoSource(sinkId: number): void {
    this.#videoSinks.get(sinkId)?.release();
    this.#videoSinks.delete(sinkId);
  }

  toStream(track: MediaStreamTrack): MediaStream {
    return new this.#wrtc.MediaStream([track]);
  }

  openCapture(captureId: number, track: MediaStreamTrack): void {
    this.#videoCaptures.get(captureId)?.open(track);
    const capture = this.#captures.get(captureId);
    if (!capture) return;
    const sink = new this.#wrtc.nonstandard.RTCAudioSink(track);
    sink.ondata = (data) => {
      this.#deliver(capture, data);
    };
    capture.sink = sink;
  }

  closeCapture(captureId: number): void {
    this.#videoCaptures.get(captureId)?.close();
    const capture = this.#captures.get(captureId);
    if (!capture?.sink) return;
    capture.sink.ondata = null;
    capture.sink.stop();
    capture.sink = undefined;
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const sink of this.#sinks.values()) sink.release();
    for (const id of [...this.#captures.keys(), ...this.#videoCaptures.keys()]) this.removeCapture(id);
    this.#sinks.clear();
    for (const sinkId of [...this.#videoSinks.keys()]) this.closeVideoSource(sinkId);
    return Promise.resolve();
  }

  #createDriver(bundlePath: string | undefined): CallDriver {
    const daily = loadDailyInNode(this.#wrtc);
    const call: DailyCallObject = daily.createCallObject({
      allowMultipleCallInstances: true,
      ...(bundlePath !== undefined && { dailyConfig: { bundlePathOverride: bundlePath } }),
    });
    return new CallDriver(call, this, (event) => {
      if (!this.#closed) this.#listener.onEvent(event);
    });
  }

  #deliver(capture: Capture, { samples, sampleRate, channelCount }: AudioData): void {
    const mono = channelCount === 1 ? samples : leftChannel(samples, channelCount);
    if (sampleRate === capture.sampleRate) {
      capture.onPcm(mono);
      return;
    }
    if (sampleRate !== capture.resamplerRate) {
      // Rare: libwebrtc changed its mixing rate. A block or two are lost while the new resampler loads.
      capture.resamplerRate = sampleRate;
      capture.resampler?.close();
      capture.resampler = undefined;
      void this.#resampler(sampleRate, capture.sampleRate).then((resampler) => {
        capture.resampler = resampler;
      });
    }
    const pcm = capture.resampler?.process(mono);
    if (pcm && pcm.length > 0) capture.onPcm(pcm);
  }

  async #resampler(from: number, to: number): Promise<StreamResampler | undefined> {
    return from === to ? undefined : await createResampler(from, to, 1);
  }
}

function leftChannel(samples: Int16Array, channelCount: number): Int16Array {
  const mono = new Int16Array(samples.length / channelCount);
  for (let i = 0; i < mono.length; i++) mono[i] = samples[i * channelCount] ?? 0;
  return mono;
}
