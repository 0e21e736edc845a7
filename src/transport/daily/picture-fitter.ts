import { i420Bytes, type Plane, type Size, toI420, toPlanes } from "./picture.ts";
import { PlaneScaler } from "./plane-scaler.ts";
import type { PublishedPicture } from "./video-publishing.ts";

/**
 * Makes pictures of any supported format and size I420 of one size. It has buffers for one picture, and makes nothing new for
 * each. A picture in I420 and of the right size costs nothing.
 */
export class PictureFitter {
  readonly #size: Size;
  readonly #fitted: Uint8Array;
  readonly #scaler = new PlaneScaler();
  /** A picture of another size, in I420. */
  #converted = new Uint8Array();
  #last: { readonly picture: PublishedPicture; readonly fitted: Uint8Array } | undefined;

  constructor(size: Size) {
    this.#size = size;
    this.#fitted = new Uint8Array(i420Bytes(size));
  }

  /**
   * Returns the picture's own bytes if they fit, else a buffer that is valid until the next call. The same array as the last
   * time is the same picture: a still one that is shown again and again is converted once.
   */
  fit(picture: PublishedPicture): Uint8Array {
    const last = this.#last?.picture;
    const { image, width, height, format } = picture;
    const isLast = last?.image === image && last.width === width && last.height === height && last.format === format;
    if (this.#last && isLast) return this.#last.fitted;
    const fitted = this.#fit(picture);
    this.#last = { picture, fitted };
    return fitted;
  }

  #fit({ image, format, width, height }: PublishedPicture): Uint8Array {
    const isSize = width === this.#size.width && height === this.#size.height;
    if (format === "I420") return isSize ? image : this.#scale(image, { width, height });
    const bytesPerPixel = format === "RGB" ? 3 : 4;
    if (isSize) return toI420(image, this.#size, bytesPerPixel, this.#fitted).image;
    const bytes = i420Bytes({ width, height });
    if (this.#converted.length !== bytes) this.#converted = new Uint8Array(bytes);
    toI420(image, { width, height }, bytesPerPixel, this.#converted);
    return this.#scale(this.#converted, { width, height });
  }

  #scale(image: Uint8Array, size: Size): Uint8Array {
    const to: readonly Plane[] = toPlanes(this.#size);
    for (const [index, from] of toPlanes(size).entries())
      this.#scaler.scale(image, from, this.#fitted, to[index] ?? from);
    return this.#fitted;
  }
}
