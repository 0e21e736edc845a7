import type { RtcVideoSource, Wrtc } from "../../../../util/wrtc.ts";
import type { Size } from "../../picture.ts";

/** Writes I420 pictures to a track of `@roamhq/wrtc`, which stamps them with the time of the write. */
export class NativeVideoSink {
  readonly track: MediaStreamTrack;
  readonly #source: RtcVideoSource;

  constructor(wrtc: Wrtc) {
    this.#source = new wrtc.nonstandard.RTCVideoSource();
    this.track = this.#source.createTrack();
  }

  show({ width, height }: Size, image: Uint8Array): void {
    // The module copies the pictures, but reads from the start of the buffer, wherever the array begins.
    const data = image.byteLength === image.buffer.byteLength ? image : new Uint8Array(image);
    this.#source.onFrame({ width, height, data });
  }

  release(): void {
    this.track.stop();
  }
}
