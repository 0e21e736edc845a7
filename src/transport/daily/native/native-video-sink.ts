import type { RtcVideoSource, Wrtc } from "../../../util/wrtc.ts";
import { FittedVideoSink, type HostedVideoSinkOptions } from "../fitted-video-sink.ts";

/** Writes pictures to a track of `@roamhq/wrtc`, which stamps them with the time of the write. */
export class NativeVideoSink extends FittedVideoSink {
  readonly track: MediaStreamTrack;
  readonly #source: RtcVideoSource;

  constructor(wrtc: Wrtc, options: HostedVideoSinkOptions) {
    super(options);
    this.#source = new wrtc.nonstandard.RTCVideoSource();
    this.track = this.#source.createTrack();
  }

  override release(): void {
    super.release();
    this.track.stop();
  }

  protected override show(image: Uint8Array): void {
    const { width, height } = this.format;
    // The module copies the pictures, but reads from the start of the buffer, wherever the array begins.
    const data = image.byteLength === image.buffer.byteLength ? image : image.slice();
    this.#source.onFrame({ width, height, data });
  }
}
