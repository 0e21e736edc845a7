import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { solidPicture } from "../../../src/testing/solid-picture.ts";
import {
  scaleToFit,
  i420Bytes,
  toI420,
  type Picture,
  toRgb,
  rotate,
  WIDEST,
} from "../../../src/transport/daily/picture.ts";

type Colour = readonly [number, number, number];

function pixelOf({ width, ...rest }: Picture, x: number, y: number): number[] {
  const at = (y * width + x) * 3;
  return [...toRgb({ width, ...rest }).subarray(at, at + 3)];
}

/** Four quarters, clockwise from the upper left. */
function quarters(width: number, height: number, colours: readonly [Colour, Colour, Colour, Colour]): Picture {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isLeft = x < width / 2;
      const [upperLeft, upperRight, lowerRight, lowerLeft] = colours;
      const colour = y < height / 2 ? (isLeft ? upperLeft : upperRight) : isLeft ? lowerLeft : lowerRight;
      pixels.set(colour, (y * width + x) * 3);
    }
  }
  return toI420(pixels, { width, height }, 3);
}

/** The names of the quarters' colours, clockwise from the upper left. */
function cornersOf(picture: Picture): string {
  const name = ([r = 0, g = 0, b = 0]: number[]): string =>
    r > 180 && g > 180 ? "white" : r > 180 ? "red" : g > 180 ? "green" : b > 180 ? "blue" : "?";
  const { width, height } = picture;
  const corners = [
    [0, 0],
    [width - 1, 0],
    [width - 1, height - 1],
    [0, height - 1],
  ] as const;
  return corners.map(([x, y]) => name(pixelOf(picture, x, y))).join(" ");
}

const FLAG: readonly [Colour, Colour, Colour, Colour] = [
  [240, 20, 20],
  [20, 240, 20],
  [20, 20, 240],
  [240, 240, 240],
];

const size = fc.record({ width: fc.integer({ min: 2, max: 40 }), height: fc.integer({ min: 2, max: 40 }) });

describe("pictures", () => {
  it("a colour survives the way to I420 and back, in any size", () => {
    const channel = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.tuple(channel, channel, channel), size, (colour, { width, height }) => {
        const picture = solidPicture(colour, { width, height });
        expect(picture.image).toHaveLength(i420Bytes({ width, height }));
        const rgb = toRgb(picture);
        expect(rgb).toHaveLength(width * height * 3);
        for (const [at, value] of rgb.entries()) expect(Math.abs(value - (colour[at % 3] ?? 0))).toBeLessThanOrEqual(4);
      }),
      { numRuns: 50 },
    );
  });

  it("black is black and white is white", () => {
    expect(pixelOf(solidPicture([0, 0, 0]), 1, 1)).toEqual([0, 0, 0]);
    expect(pixelOf(solidPicture([255, 255, 255]), 1, 1)).toEqual([255, 255, 255]);
  });

  it("are scaled down by the mean of the pixels, never up, in proportion", () => {
    const picture = quarters(64, 48, FLAG);
    expect(scaleToFit(picture, 64)).toBe(picture);
    const half = scaleToFit(picture, 32);
    expect(half).toMatchObject({ width: 32, height: 24, image: { length: (32 * 24 * 3) / 2 } });
    expect(cornersOf(half)).toBe("red green blue white");
    const stripes = new Uint8Array(4 * 4 * 3).map((_, at) => (Math.floor(at / 3) % 2 === 0 ? 0 : 200));
    const [grey = 0] = pixelOf(scaleToFit(toI420(stripes, { width: 4, height: 4 }, 3), 2), 0, 0);
    expect(grey).toBeGreaterThan(95);
    expect(grey).toBeLessThan(105);
  });

  it("fit any maximum width, and no side is longer than 1920 pixels", () => {
    fc.assert(
      fc.property(size, fc.integer({ min: 16, max: WIDEST }), ({ width, height }, maxWidth) => {
        const picture = scaleToFit(solidPicture([9, 9, 9], { width: width * 8, height: height * 8 }), maxWidth);
        expect(picture.width).toBeLessThanOrEqual(Math.max(2, maxWidth));
        expect(picture.image).toHaveLength(i420Bytes(picture));
      }),
      { numRuns: 50 },
    );
    expect(scaleToFit(solidPicture([9, 9, 9], { width: 100, height: 3840 }), WIDEST)).toMatchObject({
      width: 50,
      height: 1920,
    });
  });

  it.each([
    [90, "white red green blue", 48, 64],
    [180, "blue white red green", 64, 48],
    [270, "green blue white red", 48, 64],
  ])("are turned clockwise by %i degrees", (degrees, corners, width, height) => {
    const picture = rotate(quarters(64, 48, FLAG), degrees);
    expect(picture).toMatchObject({ width, height });
    expect(cornersOf(picture)).toBe(corners);
  });

  it("rotated by 360 degrees they are the same, odd sizes too", () => {
    fc.assert(
      fc.property(size, ({ width, height }) => {
        const image = new Uint8Array(i420Bytes({ width, height })).map((_, at) => at % 251);
        const picture = { image, width, height };
        expect(rotate(picture, 0)).toBe(picture);
        expect(rotate(rotate(picture, 90), 270)).toEqual(picture);
        expect(rotate(rotate(picture, 180), 180)).toEqual(picture);
        expect(rotate(rotate(picture, 90), 90)).toEqual(rotate(picture, 180));
      }),
    );
  });
});
