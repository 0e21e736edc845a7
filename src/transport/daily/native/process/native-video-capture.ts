import type { RtcVideoSink, Wrtc } from "../../../../util/wrtc.ts";
import { scaleToFit, type Picture, rotate } from "../../picture.ts";

/**
 * Takes pictures from a track of `@roamhq/wrtc`, one each time one is wanted. The module copies every picture that a sink
 * gets, and queues them while this process is busy; so there is a sink only while a picture is wanted.
 */
export class NativeVideoCapture {
  readonly #wrtc: Wrtc;
  readonly #onPicture: (picture: Picture) => void;
  #track: MediaStreamTrack | undefined;
  /** The maximum width that is wanted; undefined while no picture is. */
  #wanted: number | undefined;
  #sink: RtcVideoSink | undefined;

  constructor(wrtc: Wrtc, onPicture: (picture: Picture) => void) {
    this.#wrtc = wrtc;
    this.#onPicture = onPicture;
  }

  open(track: MediaStreamTrack): void {
    this.#track = track;
    if (this.#wanted !== undefined) this.want(this.#wanted);
  }

  want(maxWidth: number): void {
    this.#wanted = maxWidth;
    if (!this.#track || this.#sink) return;
    const sink = new this.#wrtc.nonstandard.RTCVideoSink(this.#track);
    this.#sink = sink;
    sink.onframe = ({ frame: { data: image, width, height, rotation } }) => {
      // Pictures that were queued behind the first are dropped.
      if (this.#sink !== sink) return;
      this.#stop();
      const widest = this.#wanted ?? maxWidth;
      this.#wanted = undefined;
      this.#onPicture(scaleToFit(rotate({ image, width, height }, rotation), widest));
    };
  }

  /** The track is gone; a wanted picture is taken when there is another track. */
  close(): void {
    this.#track = undefined;
    this.#stop();
  }

  #stop(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    if (!sink) return;
    sink.onframe = null;
    sink.stop();
  }
}
