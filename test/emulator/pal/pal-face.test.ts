import { describe, expect, it } from "vitest";

import { PalFace, type PalVideo } from "../../../src/emulator/pal/pal-face.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { FakeWrtc } from "./fake-wrtc.ts";

const SPEECH = 8000;

function setUp(video: PalVideo = {}) {
  const clock = new VirtualClock();
  const fake = new FakeWrtc(() => clock.nowMs());
  const marks: string[] = [];
  const viewer = { watches: true };
  const face = new PalFace(fake.wrtc, clock, video, {
    isWatched: () => viewer.watches,
    onMark: (isLoud) => marks.push(`${isLoud ? "white" : "black"} at ${clock.nowMs()}`),
  });
  /** Luma in the middle of the mark. */
  const mark = (index = -1): number | undefined => {
    const picture = fake.pictures.at(index);
    const middle = Math.floor((picture?.height ?? 0) / 16);
    return picture?.data[middle * picture.width + middle];
  };
  return { clock, face, marks, viewer, mark, pictures: fake.pictures };
}

describe("a pal's face", () => {
  it.each([
    [{}, 320, 240, 30],
    [{ width: 1280, height: 720, fps: 25 }, 1280, 720, 25],
    [{ width: 240, height: 320, fps: 10 }, 240, 320, 10],
  ])("is drawn with %o", async (video, width, height, fps) => {
    const { clock, face, pictures } = setUp(video);
    await clock.advance(1000);
    expect(pictures.length).toBeGreaterThanOrEqual(fps - 1);
    expect(pictures.length).toBeLessThanOrEqual(fps);
    expect(pictures[0]).toMatchObject({ width, height });
    expect(pictures[0]?.data).toHaveLength(width * height * 1.5);
    face.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it("is not drawn while nobody watches", async () => {
    const { clock, face, marks, viewer, pictures } = setUp();
    viewer.watches = false;
    face.speak(SPEECH);
    await clock.advance(1000);
    expect(pictures).toEqual([]);
    expect(marks).toEqual(["white at 0"]);
  });

  it("shows at once, in the mark, that the sound becomes loud or quiet", async () => {
    const { clock, face, marks, mark, pictures } = setUp({ fps: 10 });
    await clock.advance(250);
    expect([pictures.at(-1)?.atMs, mark()]).toEqual([200, 16]);
    for (let ms = 0; ms < 50; ms += 10) {
      face.speak(SPEECH);
      await clock.advance(10);
    }
    expect([pictures.at(-1)?.atMs, mark()]).toEqual([250, 235]);
    face.speak(0);
    expect([pictures.at(-1)?.atMs, mark()]).toEqual([300, 16]);
    await clock.advance(100);
    expect(pictures.map(({ atMs }) => atMs)).toEqual([100, 200, 250, 300, 400]);
    expect(marks).toEqual(["white at 250", "black at 300"]);
  });

  it("opens its mouth with the voice, and closes it again", async () => {
    const { clock, face, pictures } = setUp();
    await clock.advance(40);
    face.speak(SPEECH);
    await clock.advance(1000);
    /** Dark pixels in the lower half, where there are no eyes. */
    const dark = pictures.map(({ data, width, height }) =>
      data.subarray(width * 140, width * height).reduce((sum, y) => sum + (y === 40 ? 1 : 0), 0),
    );
    expect(dark[1]).toBeGreaterThan((dark[0] ?? 0) * 2);
    expect(dark.at(-1)).toBeLessThan((dark[1] ?? 0) / 2);
  });

  it("goes on showing the same picture when it freezes, until it thaws", async () => {
    const { clock, face, mark, pictures } = setUp();
    face.speak(SPEECH);
    face.freeze();
    face.speak(0);
    await clock.advance(1000);
    expect(pictures.length).toBeGreaterThan(25);
    const bytes = ({ data }: { readonly data: Uint8ClampedArray }) => Buffer.from(data.buffer);
    const [first] = pictures;
    expect(pictures.every((picture) => first && bytes(picture).equals(bytes(first)))).toBe(true);
    face.thaw();
    face.speak(0);
    expect(mark()).toBe(16);
  });
});
