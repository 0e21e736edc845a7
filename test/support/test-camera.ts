import type { ImageFields } from "../../src/frames/index.ts";
import { toI420, toRgb } from "../../src/transport/daily/picture.ts";
import { systemClock, type TimerHandle } from "../../src/util/clock.ts";
import { loadWrtc } from "../../src/util/wrtc.ts";

export type Colour = readonly [red: number, green: number, blue: number];

export const RED: Colour = [200, 40, 40];
export const GREEN: Colour = [40, 180, 60];
export const BLUE: Colour = [40, 60, 200];

const FRAME_MS = 33;

/** Two colours side by side, as RGB or RGBA. */
export function halves(
  { width, height }: { readonly width: number; readonly height: number },
  left: Colour,
  right: Colour,
  bytesPerPixel: 3 | 4 = 3,
): Uint8Array {
  const pixels = new Uint8Array(width * height * bytesPerPixel);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) pixels.set(x < width / 2 ? left : right, (y * width + x) * bytesPerPixel);
  return pixels;
}

/** A camera that shows two colours side by side, 30 times a second. */
export class TestCamera {
  readonly track: MediaStreamTrack;
  readonly #size: { readonly width: number; readonly height: number };
  #picture = new Uint8ClampedArray();
  #timer: TimerHandle;

  constructor({ width = 640, height = 480 }: { readonly width?: number; readonly height?: number } = {}) {
    const source = new (loadWrtc().nonstandard.RTCVideoSource)();
    this.track = source.createTrack();
    this.#size = { width, height };
    this.show(RED, BLUE);
    const draw = (): void => {
      this.#timer = systemClock.setTimeout(draw, FRAME_MS);
      source.onFrame({ width, height, data: this.#picture });
    };
    draw();
  }

  show(left: Colour, right: Colour): void {
    this.#picture = new Uint8ClampedArray(toI420(halves(this.#size, left, right), this.#size, 3).image);
  }

  close(): void {
    systemClock.clearTimeout(this.#timer);
    this.track.stop();
  }
}

/** The colours in the middle of the left and of the right half. */
function coloursOf({ image, width, height, format }: ImageFields): number[][] {
  const rgb = format === "RGB" ? image : toRgb({ image, width, height });
  return [0.25, 0.75].map((part) => {
    const at = ((height >> 1) * width + Math.floor(width * part)) * 3;
    return [...rgb.subarray(at, at + 3)];
  });
}

/** Whether it shows these two, as far as a codec keeps colours. */
export function shows(video: ImageFields | undefined, left: Colour, right: Colour): boolean {
  if (!video) return false;
  const far = coloursOf(video).flatMap((colour, half) =>
    colour.map((value, index) => Math.abs(value - ((half === 0 ? left : right)[index] ?? 0))),
  );
  return Math.max(...far) < 24;
}
