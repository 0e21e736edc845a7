import { toI420, type Picture } from "../transport/daily/picture.ts";

/** Creates an I420 picture of one colour. The default size is 64 × 48 pixels. */
export function solidPicture(
  [r, g, b]: readonly [red: number, green: number, blue: number],
  { width, height }: { readonly width: number; readonly height: number } = { width: 64, height: 48 },
): Picture {
  const pixels = new Uint8Array(width * height * 3);
  for (let at = 0; at < pixels.length; at += 3) pixels.set([r, g, b], at);
  return toI420(pixels, { width, height }, 3);
}
