/** An upright picture in I420: a plane of luma, then two of chroma of half its width and height, rounded up. */
export interface Picture {
  /** The three planes, one after the other. */
  readonly image: Uint8Array;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

/** The longest side of a picture, in pixels: a raw picture of a large screen would take a tenth of a second to pass on. */
export const WIDEST = 1920;

/** In pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Plane extends Size {
  /** Index of its first byte. */
  readonly at: number;
}

/** The three planes of an I420 picture of this size. */
export function toPlanes({ width, height }: Size): readonly [luma: Plane, u: Plane, v: Plane] {
  const half = { width: (width + 1) >> 1, height: (height + 1) >> 1 };
  const luma = width * height;
  return [
    { at: 0, width, height },
    { at: luma, ...half },
    { at: luma + half.width * half.height, ...half },
  ];
}

/** Bytes of an I420 picture of this size. */
export function i420Bytes(size: Size): number {
  const [, , v] = toPlanes(size);
  return v.at + v.width * v.height;
}

/** The size that a picture is scaled to: no wider than `maxWidth`, no side longer than {@link WIDEST}. */
function fitSize({ width, height }: Size, maxWidth: number): Size {
  const scale = Math.min(1, maxWidth / width, WIDEST / Math.max(width, height));
  if (scale === 1) return { width, height };
  // Even, so that the planes of chroma are exactly half.
  const even = (pixels: number): number => Math.max(2, 2 * Math.floor((pixels * scale) / 2 + 1e-6));
  return { width: even(width), height: even(height) };
}

/** Scales a picture down to fit, each pixel the mean of those it replaces; returns the same picture if it fits. */
export function scaleToFit(picture: Picture, maxWidth: number): Picture {
  const size = fitSize(picture, maxWidth);
  if (size.width === picture.width && size.height === picture.height) return picture;
  const image = new Uint8Array(i420Bytes(size));
  const to = toPlanes(size);
  for (const [index, from] of toPlanes(picture).entries()) shrink(picture.image, from, image, to[index] ?? from);
  return { image, ...size };
}

function shrink(source: Uint8Array, from: Plane, target: Uint8Array, to: Plane): void {
  const columns = Array.from({ length: to.width + 1 }, (_, x) => Math.floor((x * from.width) / to.width));
  for (let y = 0; y < to.height; y++) {
    const top = Math.floor((y * from.height) / to.height);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * from.height) / to.height));
    for (let x = 0; x < to.width; x++) {
      const left = columns[x] ?? 0;
      const right = Math.max(left + 1, columns[x + 1] ?? 0);
      let sum = 0;
      for (let row = top; row < bottom; row++) {
        const start = from.at + row * from.width;
        for (let at = start + left; at < start + right; at++) sum += source[at] ?? 0;
      }
      target[to.at + y * to.width + x] = sum / ((bottom - top) * (right - left)) + 0.5;
    }
  }
}

/** Rotates a picture clockwise by 90, 180 or 270 degrees, as phones ask for; returns the same picture for 0. */
export function rotate(picture: Picture, degrees: number): Picture {
  const turns = (((degrees / 90) % 4) + 4) % 4;
  if (turns === 0) return picture;
  const { width, height } = picture;
  const size = turns === 2 ? { width, height } : { width: height, height: width };
  const image = new Uint8Array(picture.image.length);
  const to = toPlanes(size);
  for (const [index, from] of toPlanes(picture).entries()) turn(picture.image, from, image, to[index] ?? from, turns);
  return { image, ...size };
}

function turn(source: Uint8Array, from: Plane, target: Uint8Array, to: Plane, turns: number): void {
  const { width, height } = from;
  // The source of the first pixel, and the distance to the sources of its neighbours to the right and below.
  const first = turns === 1 ? (height - 1) * width : turns === 2 ? width * height - 1 : width - 1;
  const right = turns === 1 ? -width : turns === 2 ? -1 : width;
  const below = turns === 1 ? 1 : turns === 2 ? -width : -1;
  for (let y = 0; y < to.height; y++) {
    for (let x = 0; x < to.width; x++)
      target[to.at + y * to.width + x] = source[from.at + first + y * below + x * right] ?? 0;
  }
}

/** Converts to RGB, three bytes per pixel (BT.601 with its limited range, which is what video calls send). */
export function toRgb({ image, width, height }: Picture): Uint8Array {
  const [, u, v] = toPlanes({ width, height });
  const rgb = new Uint8ClampedArray(width * height * 3);
  let out = 0;
  for (let y = 0; y < height; y++) {
    const chroma = (y >> 1) * u.width;
    for (let x = 0; x < width; x++) {
      const c = 298 * ((image[y * width + x] ?? 0) - 16) + 128;
      const d = (image[u.at + chroma + (x >> 1)] ?? 0) - 128;
      const e = (image[v.at + chroma + (x >> 1)] ?? 0) - 128;
      rgb[out] = (c + 409 * e) >> 8;
      rgb[out + 1] = (c - 100 * d - 208 * e) >> 8;
      rgb[out + 2] = (c + 516 * d) >> 8;
      out += 3;
    }
  }
  return new Uint8Array(rgb.buffer);
}

/**
 * Converts RGB (3 bytes per pixel) or RGBA (4) to I420. One pixel in four gives the colour of all four. `image` takes the
 * result; by default it is new.
 */
export function toI420(
  pixels: Uint8Array,
  size: Size,
  bytesPerPixel: 3 | 4,
  image: Uint8Array = new Uint8Array(i420Bytes(size)),
): Picture {
  const { width, height } = size;
  const [, u, v] = toPlanes(size);
  let at = 0;
  let out = 0;
  for (let y = 0; y < height; y++) {
    let chroma = (y >> 1) * u.width;
    for (let x = 0; x < width; x++) {
      const r = pixels[at] ?? 0;
      const g = pixels[at + 1] ?? 0;
      const b = pixels[at + 2] ?? 0;
      at += bytesPerPixel;
      // 16 and 128, and a half for rounding, in the sums: each is positive, whatever the colour.
      image[out++] = (66 * r + 129 * g + 25 * b + 4224) >> 8;
      if (((x | y) & 1) !== 0) continue;
      image[u.at + chroma] = (-38 * r - 74 * g + 112 * b + 32_896) >> 8;
      image[v.at + chroma++] = (112 * r - 94 * g - 18 * b + 32_896) >> 8;
    }
  }
  return { image, width, height };
}
