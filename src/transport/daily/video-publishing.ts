import { InvalidOptionError } from "../../util/errors.ts";
import { CAMERA, SCREEN_VIDEO } from "./daily-call.ts";
import { i420Bytes, WIDEST } from "./picture.ts";

/** How published video is on the wire; pictures of another size are scaled to it. */
export interface VideoPublishFormat {
  /** Width in pixels, an even number from 16 to 1920. */
  readonly width: number;
  /** Height in pixels, an even number from 16 to 1920. */
  readonly height: number;
  /** The highest rate of pictures per second, from 1 to 60, for the encoder. Writers set the pace. Default 30. */
  readonly fps?: number;
  /** The highest bit rate of the track, in bit/s, from 10000 to 10000000. Default: what daily-js chooses. */
  readonly maxBitrate?: number;
}

/** A picture to publish. It is read before `write` returns: its owner may use the bytes again. */
export interface PublishedPicture {
  /** RGB: three bytes per pixel. RGBA: four. I420: a plane of luma, then two of chroma of half its size, rounded up. */
  readonly image: Uint8Array;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** The format of `image`. */
  readonly format: "I420" | "RGB" | "RGBA";
}

/** A published video track. Like a camera it has no queue: a picture is shown now or never. */
export interface VideoTrackSink {
  /** The name of the track. */
  readonly trackName: string;
  /** The size that pictures are scaled to, stretched where the proportions differ. */
  readonly format: Required<Pick<VideoPublishFormat, "width" | "height" | "fps">>;
  /** Whether the track is no longer published: by `close()`, or because the call is over. */
  readonly closed: boolean;
  /** How many pictures were not sent: the track was closed, or what carries them was still busy with earlier ones. */
  readonly droppedPictures: number;
  /**
   * Shows the picture now. Never waits. Returns false when it was dropped.
   *
   * @throws InvalidOptionError when the size of `image` does not match its format, or a side is longer than 4096 pixels.
   */
  write(picture: PublishedPicture): boolean;
  /**
   * Stops publishing the track: others see it switched off (camera, screen) or removed. Idempotent, and without a request
   * when the call is over. The name is free again at once.
   *
   * @throws DeadlineError when daily-js takes too long; the track sends nothing any more in that case, too.
   */
  close(): Promise<void>;
}

const NARROWEST = 16;
const MAX_FPS = 60;
const USUAL_FPS = 30;
const LONGEST_NAME = 50;
const LONGEST_SIDE = 4096;
const BITRATES = { from: 10_000, to: 10_000_000 };

/** Names that daily-js reserves, and the audio tracks that have names of ours. */
const NOT_VIDEO: readonly string[] = [
  ...["microphone", "screenAudio", "audio", "video", "cam-audio", "cam-video", "screen-video", "screen-audio"],
  ...["rmpAudio", "rmpVideo", "customVideoDefaults"],
];

/** A {@link VideoPublishFormat} with its defaults. */
export type ParsedVideoPublishFormat = Required<Omit<VideoPublishFormat, "maxBitrate">> &
  Pick<VideoPublishFormat, "maxBitrate">;

/**
 * Adds the defaults of a format to publish in.
 *
 * @throws InvalidOptionError for a name that cannot be a video track's, and for values out of range.
 */
export function parsePublishFormat(
  trackName: string,
  { width, height, fps = USUAL_FPS, maxBitrate }: VideoPublishFormat,
): ParsedVideoPublishFormat {
  if (trackName.length === 0 || trackName.length > LONGEST_NAME || NOT_VIDEO.includes(trackName)) {
    const names = `"${CAMERA}", "${SCREEN_VIDEO}" or a custom name of at most ${LONGEST_NAME} characters that is not reserved`;
    throw new InvalidOptionError("trackName", `must be ${names}.`);
  }
  for (const [field, pixels] of Object.entries({ width, height })) {
    if (!Number.isInteger(pixels) || pixels % 2 !== 0 || pixels < NARROWEST || pixels > WIDEST)
      throw new InvalidOptionError(field, `must be an even number of pixels from ${NARROWEST} to ${WIDEST}.`);
  }
  if (!(fps >= 1 && fps <= MAX_FPS)) throw new InvalidOptionError("fps", `must be from 1 to ${MAX_FPS}.`);
  if (maxBitrate !== undefined && !(maxBitrate >= BITRATES.from && maxBitrate <= BITRATES.to))
    throw new InvalidOptionError("maxBitrate", `must be from ${BITRATES.from} to ${BITRATES.to} bit/s.`);
  return { width, height, fps, ...(maxBitrate !== undefined && { maxBitrate }) };
}

/** @throws InvalidOptionError when the bytes of a picture are not what its size and format demand. */
export function checkPicture({ image, width, height, format }: PublishedPicture): void {
  for (const [field, pixels] of Object.entries({ width, height })) {
    if (!Number.isInteger(pixels) || pixels < 1 || pixels > LONGEST_SIDE)
      throw new InvalidOptionError(field, `must be a whole number of pixels from 1 to ${LONGEST_SIDE}.`);
  }
  // In JavaScript anything can be passed.
  if (!["I420", "RGB", "RGBA"].includes(format))
    throw new InvalidOptionError("format", 'must be "I420", "RGB" or "RGBA".');
  const bytes = format === "I420" ? i420Bytes({ width, height }) : width * height * format.length;
  if (image.byteLength !== bytes) {
    const size = `${bytes} bytes for ${format} of ${width} × ${height}, not ${image.byteLength}`;
    throw new InvalidOptionError("image", `must have ${size}.`);
  }
}
