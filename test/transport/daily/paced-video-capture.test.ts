import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";

import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { solidPicture } from "../../../src/testing/solid-picture.ts";
import type { CapturedVideo } from "../../../src/transport/daily/daily-call.ts";
import { parseVideoOptions, PacedVideoCapture } from "../../../src/transport/daily/paced-video-capture.ts";
import { sleep } from "../../../src/util/deadline.ts";

const PICTURE = solidPicture([200, 40, 40]);

let clock: VirtualClock;
let startMs: number;
let orders: number[];
let images: CapturedVideo[];
let failures: Error[];
let closes: number;

beforeEach(() => {
  clock = new VirtualClock();
  startMs = clock.nowMs();
  orders = [];
  images = [];
  failures = [];
  closes = 0;
});

interface Script {
  readonly fps: number;
  readonly format?: "I420" | "RGB";
  /** From order to arrival; undefined: it never comes by itself. */
  readonly comesAfterMs?: number;
  readonly onImage?: (video: CapturedVideo) => unknown;
}

function started({ fps, format = "I420", comesAfterMs, onImage }: Script): PacedVideoCapture {
  const capture = new PacedVideoCapture({
    ...{ sessionId: "s", trackName: "camera", fps, format, clock },
    onImage: (video) => {
      images.push(video);
      return onImage?.(video);
    },
    want: () => {
      orders.push(clock.nowMs() - startMs);
      if (comesAfterMs !== undefined) clock.setTimeout(() => capture.arrived(PICTURE), comesAfterMs);
    },
    onReceiverFailed: (error) => failures.push(error),
    onClose: () => closes++,
  });
  capture.start();
  return capture;
}

describe("the pace of a video capture", () => {
  it("orders at its rate, independent of when pictures arrive", async () => {
    started({ fps: 5, comesAfterMs: 60 });
    await clock.advance(1000);
    expect(orders).toEqual([0, 200, 400, 600, 800, 1000]);
  });

  it("orders the next picture only when the one before has arrived, and catches up on nothing", async () => {
    const capture = started({ fps: 10 });
    await clock.advance(750);
    expect(orders).toEqual([0]);
    capture.arrived(PICTURE);
    expect(orders).toEqual([0, 750]);
    capture.arrived(PICTURE);
    await clock.advance(200);
    expect(orders).toEqual([0, 750, 850]);
  });

  it("never has more than one in progress, and never more per second than its rate, at any delays", async () => {
    const delays = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 5, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), delays, delays, async (fps, arrivals, receivers) => {
        const time = new VirtualClock();
        const ordered: number[] = [];
        let underWay = 0;
        let most = 0;
        const capture = new PacedVideoCapture({
          ...{ sessionId: "s", trackName: "camera", fps, format: "I420", clock: time },
          onImage: async () => {
            await sleep(time, receivers[ordered.length % receivers.length] ?? 1);
            underWay--;
          },
          want: () => {
            most = Math.max(most, ++underWay);
            ordered.push(time.nowMs());
            time.setTimeout(() => capture.arrived(PICTURE), arrivals[ordered.length % arrivals.length] ?? 1);
          },
          onReceiverFailed: (error) => failures.push(error),
          onClose: () => undefined,
        });
        capture.start();
        await time.advance(3000);
        expect(most).toBe(1);
        expect(ordered.length).toBeGreaterThan(1);
        expect(ordered.length).toBeLessThanOrEqual(3 * fps + 1);
        capture.close();
      }),
      { numRuns: 30 },
    );
  });

  it("with rate 0 orders on request only, once for all requests before it arrives", async () => {
    const capture = started({ fps: 0, comesAfterMs: 30 });
    await clock.advance(60_000);
    expect(orders).toEqual([]);
    capture.requestFrame();
    capture.requestFrame();
    await clock.advance(1000);
    expect(images).toHaveLength(1);
    capture.requestFrame();
    await clock.advance(30);
    expect(images).toHaveLength(2);
  });

  it("a request is ordered before what is due, and does not change the rate", async () => {
    const capture = started({ fps: 1, comesAfterMs: 10 });
    await clock.advance(300);
    capture.requestFrame();
    await clock.advance(1000);
    expect(orders).toEqual([0, 300, 1000]);
  });

  it("a request while the receiver is busy is ordered when the receiver is done", async () => {
    const capture = started({ fps: 0, comesAfterMs: 10, onImage: () => sleep(clock, 500) });
    capture.requestFrame();
    await clock.advance(100);
    capture.requestFrame();
    expect(orders).toEqual([0]);
    await clock.advance(1000);
    expect(orders).toEqual([0, 510]);
  });

  it("waits for a busy receiver and counts what was due in the meantime", async () => {
    const capture = started({ fps: 10, comesAfterMs: 0, onImage: () => sleep(clock, 450) });
    await clock.advance(460);
    expect(orders).toEqual([0, 450]);
    // Those of 100, 200, 300 and 400 ms.
    expect(capture.droppedImages).toBe(4);
  });

  it("a receiver that throws or rejects is reported and gets the next picture", async () => {
    started({ fps: 10, comesAfterMs: 0, onImage: () => Promise.reject(new Error("rejected")) });
    await clock.advance(150);
    started({
      fps: 10,
      comesAfterMs: 0,
      onImage: () => {
        throw new Error("thrown");
      },
    });
    await clock.advance(150);
    const messages = failures.map(({ message }) => message);
    expect(messages.filter((message) => message === "thrown")).toHaveLength(2);
    expect(messages.filter((message) => message === "rejected").length).toBeGreaterThan(2);
  });

  it("converts to RGB on request", async () => {
    started({ fps: 1, format: "RGB", comesAfterMs: 0 });
    await clock.advance(10);
    expect(images[0]).toMatchObject({ format: "RGB", width: 64, height: 48, image: { length: 64 * 48 * 3 } });
    const [red = 0, green = 0] = images[0]?.image ?? [];
    expect([red > 190, green < 50]).toEqual([true, true]);
  });

  it("orders and delivers nothing once it is closed, also by its receiver, and closes once", async () => {
    const capture = started({ fps: 10, comesAfterMs: 20, onImage: () => capture.close() });
    await clock.advance(500);
    capture.close();
    capture.requestFrame();
    expect([orders, images.length, closes, capture.closed]).toEqual([[0], 1, 1, true]);

    const under = started({ fps: 10, comesAfterMs: 20 });
    under.close();
    await clock.advance(500);
    expect(images).toHaveLength(1);
  });
});

describe("the options of a video capture", () => {
  it("have defaults", () => {
    expect(parseVideoOptions("camera", {})).toEqual({ fps: 30, format: "I420", maxWidth: 1920 });
  });

  it.each([
    ["trackName", "microphone", {}],
    ["trackName", "", {}],
    ["fps", "camera", { fps: -1 }],
    ["fps", "camera", { fps: Number.NaN }],
    ["fps", "camera", { fps: 31 }],
    ["format", "camera", { format: "JPEG" as "RGB" }],
    ["maxWidth", "camera", { maxWidth: 640.5 }],
    ["maxWidth", "camera", { maxWidth: 1 }],
    ["maxWidth", "camera", { maxWidth: 4000 }],
  ])("are refused by name: %s", (field, trackName, options) => {
    expect(() => parseVideoOptions(trackName, options)).toThrow(expect.objectContaining({ field }) as Error);
  });
});
