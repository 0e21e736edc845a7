import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { i420Bytes, toI420, toRgb } from "../../../src/transport/daily/picture.ts";
import { PictureFitter } from "../../../src/transport/daily/picture-fitter.ts";
import { checkPicture, type PublishedPicture } from "../../../src/transport/daily/video-publishing.ts";
import { solidPicture } from "../../../src/testing/solid-picture.ts";
import { BLUE, halves, RED, shows } from "../../support/test-camera.ts";

const side = fc.integer({ min: 1, max: 45 });
const size = fc.record({ width: side, height: side });
const evenSize = fc.record({ width: side.map((n) => 2 * n), height: side.map((n) => 2 * n) });
const format = fc.constantFrom("I420", "RGB", "RGBA");
const colour = fc.tuple(
  fc.integer({ min: 0, max: 255 }),
  fc.integer({ min: 0, max: 255 }),
  fc.integer({ min: 0, max: 255 }),
);

function picture(
  { width, height }: { width: number; height: number },
  of: PublishedPicture["format"],
  left: readonly [number, number, number],
  right = left,
): PublishedPicture {
  const pixels = halves({ width, height }, left, right, of === "RGBA" ? 4 : 3);
  return { width, height, format: of, image: of === "I420" ? toI420(pixels, { width, height }, 3).image : pixels };
}

describe("PictureFitter", () => {
  it("makes one colour the same colour in any size and format, odd sizes as well", () => {
    fc.assert(
      fc.property(size, evenSize, format, colour, (from, to, of, shown) => {
        const image = new PictureFitter(to).fit(picture(from, of, shown));
        expect(image.length).toBe(i420Bytes(to));
        const expected = toI420(new Uint8Array(shown), { width: 1, height: 1 }, 3).image;
        const planes = [to.width * to.height, (to.width * to.height) / 4, (to.width * to.height) / 4];
        let at = 0;
        for (const [plane, bytes] of planes.entries()) {
          expect(new Set(image.subarray(at, at + bytes))).toEqual(new Set([expected[plane]]));
          at += bytes;
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ["enlarged", { width: 64, height: 48 }, { width: 160, height: 120 }],
    ["enlarged one way only", { width: 160, height: 48 }, { width: 160, height: 120 }],
    ["reduced a little", { width: 160, height: 120 }, { width: 100, height: 80 }],
    ["reduced a lot", { width: 320, height: 240 }, { width: 64, height: 48 }],
    ["stretched", { width: 320, height: 48 }, { width: 64, height: 120 }],
  ])("keeps left and right apart, %s", (_how, from, to) => {
    const image = new PictureFitter(to).fit(picture(from, "RGB", RED, BLUE));
    expect(shows({ image, ...to, format: "I420" }, RED, BLUE)).toBe(true);
  });

  it("interpolates between neighbours, and takes the mean where it reduces", () => {
    const luma = (bytes: readonly number[], width: number, height: number, to: { width: number; height: number }) => {
      const image = new Uint8Array(i420Bytes({ width, height }));
      image.set(bytes);
      const fitted = new PictureFitter(to).fit({ image, width, height, format: "I420" });
      return [...fitted.subarray(0, to.width * to.height)];
    };
    expect(luma([0, 200, 0, 200], 2, 2, { width: 4, height: 2 })).toEqual([0, 50, 150, 200, 0, 50, 150, 200]);
    expect(luma([0, 0, 200, 200], 2, 2, { width: 2, height: 4 })).toEqual([0, 0, 50, 50, 150, 150, 200, 200]);
    const lines = [0, 40, 80, 120, 160, 200].flatMap((value) => [value, value]);
    expect(luma(lines, 2, 6, { width: 2, height: 4 })).toEqual([10, 10, 70, 70, 130, 130, 190, 190]);
    const chess = Array.from({ length: 64 }, (_, i) => (((i >> 3) + i) % 2 === 0 ? 0 : 255));
    expect(new Set(luma(chess, 8, 8, { width: 4, height: 4 }))).toEqual(new Set([128]));
  });

  it("returns the picture's own bytes when it has the size and the format", () => {
    const { image, width, height } = solidPicture(RED);
    expect(new PictureFitter({ width, height }).fit({ image, width, height, format: "I420" })).toBe(image);
  });

  it("takes the same array for the same picture, and another for another", () => {
    const to = { width: 32, height: 32 };
    const fitter = new PictureFitter(to);
    const first = picture(to, "RGB", RED, RED);
    const before = fitter.fit(first).slice();
    first.image.fill(0);
    expect(fitter.fit({ ...first })).toEqual(before);
    const rgb = toRgb({ image: fitter.fit(picture(to, "RGB", BLUE, BLUE)), ...to });
    expect(rgb[2]).toBeGreaterThan(150);
    expect(fitter.fit(first)).not.toEqual(before);
  });
});

describe("checkPicture", () => {
  it("accepts exactly the number of bytes that size and format demand", () => {
    fc.assert(
      fc.property(size, format, fc.integer({ min: -3, max: 3 }), ({ width, height }, of, more) => {
        const bytes =
          of === "I420"
            ? width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2)
            : width * height * of.length;
        const image = new Uint8Array(Math.max(0, bytes + more));
        const check = () => {
          checkPicture({ image, width, height, format: of });
        };
        if (image.length === bytes) expect(check).not.toThrow();
        else expect(check).toThrow(`${bytes} bytes`);
      }),
    );
  });

  it.each([
    [{ width: 0 }, "width"],
    [{ height: 1.5 }, "height"],
    [{ width: 5000 }, "width"],
    [{ format: "JPEG" }, "format"],
  ])("rejects %j", (wrong, field) => {
    const given = { image: new Uint8Array(12), width: 2, height: 2, format: "RGB", ...wrong } as PublishedPicture;
    expect(() => {
      checkPicture(given);
    }).toThrow(field);
  });
});
