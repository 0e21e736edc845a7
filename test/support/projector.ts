import type { PublishedPicture, VideoTrackSink } from "../../src/transport/daily/index.ts";
import { systemClock, type TimerHandle } from "../../src/util/clock.ts";

const FRAME_MS = 50;

/** Shows one picture again and again, as a camera does. */
export class Projector {
  readonly #sink: VideoTrackSink;
  #timer: TimerHandle;

  constructor(sink: VideoTrackSink, picture: PublishedPicture) {
    this.#sink = sink;
    this.show(picture);
  }

  show(picture: PublishedPicture): void {
    systemClock.clearTimeout(this.#timer);
    const draw = (): void => {
      this.#timer = systemClock.setTimeout(draw, FRAME_MS);
      this.#sink.write(picture);
    };
    draw();
  }

  stop(): void {
    systemClock.clearTimeout(this.#timer);
  }
}
