import type { OutputImageRawFrame } from "../../frames/index.ts";
import { TavusTransportError } from "../../util/errors.ts";
import type { VideoSink } from "../base/video-sink.ts";
import type { VideoTrackSink } from "../daily/video-publishing.ts";

/** A picture that is a compressed file: decode it first, tracks carry raw pixels. */
export class CompressedPictureError extends TavusTransportError {
  /** Always "compressedPicture". */
  readonly code = "compressedPicture";

  /** Made by the transport. */
  constructor(format: string) {
    super(`A ${format} picture cannot be shown: decode it to RGB, RGBA or I420 first.`);
  }
}

/** The bot's pictures on a video track of its call. */
export class CameraSink implements VideoSink {
  readonly #track: VideoTrackSink;

  constructor(track: VideoTrackSink) {
    this.#track = track;
  }

  write({ image, width, height, format }: OutputImageRawFrame): boolean {
    if (format === "JPEG" || format === "PNG") throw new CompressedPictureError(format);
    // An encoder that is busy leaves a picture out, as a camera does; that is no failure.
    return this.#track.write({ image, width, height, format }) || !this.#track.closed;
  }

  close(): Promise<void> {
    return this.#track.close();
  }
}
