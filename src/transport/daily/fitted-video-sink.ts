import { PictureFitter } from "./picture-fitter.ts";
import {
  checkPicture,
  type ParsedVideoPublishFormat,
  type PublishedPicture,
  type VideoTrackSink,
} from "./video-publishing.ts";

/** A video sink whose track the host made. */
export interface HostedVideoSink extends VideoTrackSink {
  /** Releases the track without a request to daily-js, when the call is over. */
  release(): void;
}

/** What a host makes a video sink from. */
export interface HostedVideoSinkOptions {
  readonly trackName: string;
  readonly format: ParsedVideoPublishFormat;
  /** Called once by `close()`, unless the call is over: it requests the end of the track. */
  readonly onClose: () => Promise<void>;
}

/** A sink whose pictures become a WebRTC track, wherever the track is, in I420 of the format's size. */
export abstract class FittedVideoSink implements HostedVideoSink {
  readonly trackName: string;
  readonly format: ParsedVideoPublishFormat;
  readonly #fitter: PictureFitter;
  readonly #onClose: () => Promise<void>;
  #closing: Promise<void> | undefined;
  #closed = false;
  #dropped = 0;

  constructor({ trackName, format, onClose }: HostedVideoSinkOptions) {
    this.trackName = trackName;
    this.format = format;
    this.#fitter = new PictureFitter(format);
    this.#onClose = onClose;
  }

  /** Passes a picture on to the track. The bytes are its caller's again when it returns. */
  protected abstract show(image: Uint8Array): void;

  get closed(): boolean {
    return this.#closed;
  }

  get droppedPictures(): number {
    return this.#dropped;
  }

  write(picture: PublishedPicture): boolean {
    checkPicture(picture);
    if (this.#closed) {
      this.countDropped();
      return false;
    }
    this.show(this.#fitter.fit(picture));
    return true;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  release(): void {
    this.#closed = true;
  }

  protected countDropped(): void {
    this.#dropped++;
  }

  async #close(): Promise<void> {
    const wasOpen = !this.#closed;
    this.#closed = true;
    try {
      if (wasOpen) await this.#onClose();
    } finally {
      this.release();
    }
  }
}
