import type { RtcVideoSink, Wrtc } from "../../../util/wrtc.ts";
import { scaleToFit, type Picture, rotate } from "../picture.ts";

/**
 * Takes pictures from a track of `@roamhq/wrtc`, one each time one is wanted. The module copies every picture that a sink
 * gets, and queues them while this process is busy; so there is a sink only while a picture is wanted.
 */
export class NativeVideoCapture {
  readonly #wrtc: Wrtc;
  readonly #maxWidth: number;
  readonly #onPicture: (picture: Picture) => void;
  #track: MediaStreamTrack | undefined;
  #wanted = false;
  #sink: RtcVideoSink | undefined;

  constructor(wrtc: Wrtc, maxWidth: number, onPicture: (picture: Picture) => void) {
    this.#wrtc = wrtc;
    this.#maxWidth = maxWidth;
    this.#onPicture = onPicture;
  }

  open(track: MediaStreamTrack): void {
    if (track.kind !== "video") return;
    this.#track = track;
    if (this.#wanted) this.want();
  }

  want(): void {
    this.#wanted = true;
    if (!this.#track || this.#sink) return;
    const sink = new this.#wrtc.nonstandard.RTCVideoSink(this.#track);
    this.#sink = sink;
    sink.onframe = ({ frame: { data: image, width, height, rotation } }) => {
      // Pictures that were queued behind the first are dropped.
      if (this.#sink !== sink) return;
      this.#stop();
      this.#wanted = false;
      this.#onPicture(scaleToFit(rotate({ image, width, height }, rotation), this.#maxWidth));
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
