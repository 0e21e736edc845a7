import {
  checkPicture,
  type ParsedVideoPublishFormat,
  type PublishedPicture,
  type VideoTrackSink,
} from "../transport/daily/video-publishing.ts";
import type { Clock } from "../util/clock.ts";

/** A {@link VideoTrackSink} for tests: keeps every picture with its time. */
export class ScriptedVideoTrackSink implements VideoTrackSink {
  readonly trackName: string;
  readonly format: ParsedVideoPublishFormat;
  /** Every accepted picture, with its time in milliseconds on the clock. The bytes are a copy. */
  readonly writes: { readonly atMs: number; readonly picture: PublishedPicture }[] = [];
  /** How many times `close` was called. */
  closes = 0;
  readonly #clock: Clock;
  #refusing = false;
  #closed = false;
  #dropped = 0;

  constructor(options: {
    readonly trackName: string;
    readonly format: ParsedVideoPublishFormat;
    readonly clock: Clock;
  }) {
    this.trackName = options.trackName;
    this.format = options.format;
    this.#clock = options.clock;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get droppedPictures(): number {
    return this.#dropped;
  }

  /** Makes `write` drop pictures, as a busy encoder does. Pass false to accept them again. */
  refuseWrites(refusing = true): void {
    this.#refusing = refusing;
  }

  write(picture: PublishedPicture): boolean {
    checkPicture(picture);
    if (this.#closed || this.#refusing) {
      this.#dropped++;
      return false;
    }
    this.writes.push({ atMs: this.#clock.nowMs(), picture: { ...picture, image: picture.image.slice() } });
    return true;
  }

  close(): Promise<void> {
    this.closes++;
    this.release();
    return Promise.resolve();
  }

  /** The call is over. */
  release(): void {
    this.#closed = true;
  }
}
