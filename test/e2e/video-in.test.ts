import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { type Emulator, startEmulator } from "../../src/emulator/index.ts";
import {
  CAMERA,
  type CapturedVideo,
  type VideoCapture,
  type VideoCaptureOptions,
} from "../../src/transport/daily/index.ts";
import { systemClock } from "../../src/util/clock.ts";
import { deferred } from "../../src/util/deadline.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { Calls, REAL_RUNTIMES, type WatchedCall } from "../support/calls.ts";
import { RawDaily } from "../support/raw-daily.ts";
import { warmBrowser } from "../support/tavus.ts";
import { BLUE, GREEN, RED, shows, TestCamera } from "../support/test-camera.ts";
import { passes, until } from "../support/until.ts";

describe.each(REAL_RUNTIMES)("video from a local room, in the %s runtime", (runtime) => {
  let emulator: Emulator;
  let calls: Calls;
  let url: string;
  let bot: WatchedCall;
  let user: RawDaily;
  let camera: TestCamera;
  let rooms = 0;

  warmBrowser(runtime);
  beforeAll(async () => {
    emulator = await startEmulator({ logger: silentLogger });
  });
  afterAll(() => emulator.close());
  beforeEach(async () => {
    const name = `video-${runtime}-${++rooms}`;
    emulator.createRoom(name);
    url = emulator.roomUrl(name);
    calls = new Calls(runtime);
    bot = await calls.join(url, "Bot");
    user = await RawDaily.join(url, { userName: "Grace" });
    camera = new TestCamera();
    await bot.sees("Grace");
  });
  afterEach(async () => {
    await user[Symbol.asyncDispose]();
    await calls[Symbol.asyncDispose]();
    camera.close();
  });

  async function watch(options: VideoCaptureOptions = {}, onImage?: (video: CapturedVideo) => unknown) {
    const seen: CapturedVideo[] = [];
    const capture: VideoCapture = await bot.call.captureVideo(user.sessionId, CAMERA, options, (video) => {
      seen.push(video);
      return onImage?.(video);
    });
    return { seen, capture, newest: () => seen.at(-1) };
  }

  const isReceived = (): boolean => bot.participant(user.sessionId)?.camera.subscribed === true;
  /** The encoder starts with smaller pictures than its input, and increases their size. */
  const isWhole = (video: CapturedVideo | undefined): boolean => video?.width === 640 && video.height === 480;

  it("sees what a camera shows, in its size and colours, and the change of it", async () => {
    await user.openCamera(camera.track);
    const rgb = await watch({ format: "RGB" });
    const i420 = await watch({ fps: 5 });
    await until("whole pictures of both kinds came", () => isWhole(rgb.newest()) && isWhole(i420.newest()), 15_000);

    expect(rgb.newest()).toMatchObject({ sessionId: user.sessionId, trackName: CAMERA, format: "RGB" });
    expect(rgb.newest()?.image.length).toBe(640 * 480 * 3);
    expect(i420.newest()).toMatchObject({ format: "I420", image: { length: (640 * 480 * 3) / 2 } });
    for (const { newest } of [rgb, i420]) await until("red and blue", () => shows(newest(), RED, BLUE));
    camera.show(GREEN, RED);
    for (const { newest } of [rgb, i420]) await until("green and red", () => shows(newest(), GREEN, RED), 10_000);
  });

  it("scales wide pictures down on request", async () => {
    await user.openCamera(camera.track);
    const { newest } = await watch({ maxWidth: 160, fps: 5 });
    await until("a picture", () => newest()?.width === 160);
    expect(newest()).toMatchObject({ width: 160, height: 120, image: { length: (160 * 120 * 3) / 2 } });
    await until("red and blue", () => shows(newest(), RED, BLUE));
  });

  it("receives a camera only while it is captured", async () => {
    await user.openCamera(camera.track);
    await until("the camera is seen to be on", () => bot.participant(user.sessionId)?.camera.state === "sendable");
    await passes(300);
    expect(isReceived()).toBe(false);

    const { capture } = await watch({ fps: 0 });
    await until("it is received", isReceived);
    const other = await watch({ fps: 1 });
    capture.close();
    await passes(300);
    expect(isReceived()).toBe(true);
    other.capture.close();
    await until("it is received no more", () => !isReceived());
  });

  it("delivers at most the requested pictures: so many per second, or one per request", async () => {
    await user.openCamera(camera.track);
    const five = await watch({ fps: 5 });
    const none = await watch({ fps: 0 });
    await until("the first picture", () => five.seen.length > 0, 10_000);
    const before = five.seen.length;
    const startMs = systemClock.nowMs();
    await passes(3000);
    const rate = (five.seen.length - before) / ((systemClock.nowMs() - startMs) / 1000);
    expect(rate).toBeGreaterThan(2.5);
    expect(rate).toBeLessThanOrEqual(5.5);
    expect(none.seen).toEqual([]);

    none.capture.requestFrame();
    none.capture.requestFrame();
    await until("the picture", () => none.seen.length > 0);
    await passes(300);
    expect(none.seen).toHaveLength(1);
  });

  it("produces no pictures while the receiver is busy, and counts the missed ones", async () => {
    await user.openCamera(camera.track);
    const stall = deferred<undefined>();
    const { seen, capture } = await watch({ fps: 30 }, () => stall.promise);
    await until("the first picture", () => seen.length > 0, 10_000);
    const beforeMb = process.memoryUsage().rss / 1e6;
    await passes(2000);
    expect(seen).toHaveLength(1);
    // Two seconds of video would be 27 MB.
    expect(process.memoryUsage().rss / 1e6 - beforeMb).toBeLessThan(15);

    stall.resolve(undefined);
    await until("the next picture", () => seen.length > 1);
    expect(capture.droppedImages).toBeGreaterThan(50);
    expect(capture.droppedImages).toBeLessThan(80);
  });

  it("starts when a camera is switched on, and resumes after it was off", async () => {
    const { seen, newest, capture } = await watch({ fps: 10 });
    expect(seen).toEqual([]);
    await user.openCamera(camera.track);
    await until("pictures", () => seen.length > 2, 10_000);
    user.call.setLocalVideo(false);
    await until("the camera is off", () => bot.participant(user.sessionId)?.camera.state === "off");
    await passes(300);
    const before = seen.length;
    await passes(500);
    expect(seen.length).toBe(before);
    camera.show(GREEN, BLUE);
    user.call.setLocalVideo(true);
    await until("pictures again", () => seen.length > before + 2, 10_000);
    await until("they are new", () => shows(newest(), GREEN, BLUE), 10_000);
    expect(capture.closed).toBe(false);
  });

  it("delivers nothing after a close, a leave or the end of the call", async () => {
    await user.openCamera(camera.track);
    const closed = await watch({ fps: 30 });
    const open = await watch({ fps: 30 });
    await until("pictures", () => open.seen.length > 2 && closed.seen.length > 2, 10_000);
    closed.capture.close();
    closed.capture.close();
    const after = closed.seen.length;
    await until("more for the other", () => open.seen.length > 10);
    expect(closed.seen.length).toBe(after);

    await user.call.leave();
    await until("the leave is seen", () => bot.left.length === 1);
    expect(open.capture.closed).toBe(true);
    const atLeave = open.seen.length;
    await passes(300);
    expect(open.seen.length).toBe(atLeave);

    await user.call.join({ url, userName: "Grace" });
    await user.openCamera(camera.track);
    await bot.sees("Grace");
    const last = await watch({ fps: 30 });
    await until("pictures", () => last.seen.length > 2, 10_000);
    await bot.call.leave();
    expect(last.capture.closed).toBe(true);
    const atEnd = last.seen.length;
    await passes(300);
    expect(last.seen.length).toBe(atEnd);
    expect(bot.errors).toEqual([]);
  });

  it("rejects what cannot be captured", async () => {
    const capture = (sessionId: string, track: string, options: VideoCaptureOptions = {}) =>
      bot.call.captureVideo(sessionId, track, options, () => undefined);
    await expect(capture("nobody", CAMERA)).rejects.toMatchObject({ code: "unknownParticipant" });
    await expect(capture(user.sessionId, "microphone")).rejects.toMatchObject({ field: "trackName" });
    await expect(capture(user.sessionId, CAMERA, { fps: 31 })).rejects.toMatchObject({ field: "fps" });
    await expect(capture(user.sessionId, CAMERA, { maxWidth: 8 })).rejects.toMatchObject({ field: "maxWidth" });
    const other = await calls.join(url, "Hopper", { runtime: "native" });
    await other.call.publishAudio("stream", { sampleRate: 24_000 });
    await bot.seesThat(other.id, "the custom track is seen", ({ custom }) => custom.stream !== undefined);
    await expect(capture(other.id, "stream")).rejects.toMatchObject({ code: "trackFailed" });
    await bot.call.leave();
    await expect(capture(user.sessionId, CAMERA)).rejects.toMatchObject({ code: "notJoined" });
  });
});
