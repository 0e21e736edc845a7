import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { type Emulator, startEmulator } from "../../src/emulator/index.ts";
import {
  CAMERA,
  type CapturedVideo,
  type PublishedPicture,
  SCREEN_VIDEO,
  type VideoTrackSink,
} from "../../src/transport/daily/index.ts";
import { toI420 } from "../../src/transport/daily/picture.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { Calls, REAL_RUNTIMES, type WatchedCall } from "../support/calls.ts";
import { Projector } from "../support/projector.ts";
import { warmBrowser } from "../support/tavus.ts";
import { BLUE, type Colour, GREEN, halves, RED, shows } from "../support/test-camera.ts";
import { until } from "../support/until.ts";

const SMALL = { width: 160, height: 120 };

function picture(format: "I420" | "RGB" | "RGBA", left: Colour, right: Colour, size = SMALL): PublishedPicture {
  const pixels = halves(size, left, right, format === "RGBA" ? 4 : 3);
  return { ...size, format, image: format === "I420" ? toI420(pixels, size, 3).image : pixels };
}

describe.each(REAL_RUNTIMES)("video into a local room, from the %s runtime", (runtime) => {
  let emulator: Emulator;
  let calls: Calls;
  let bot: WatchedCall;
  let viewer: WatchedCall;
  let rooms = 0;
  const projectors: Projector[] = [];

  warmBrowser(runtime);
  beforeAll(async () => {
    emulator = await startEmulator({ logger: silentLogger });
  });
  afterAll(() => emulator.close());
  beforeEach(async () => {
    const name = `video-out-${runtime}-${++rooms}`;
    emulator.createRoom(name);
    calls = new Calls(runtime);
    bot = await calls.join(emulator.roomUrl(name), "Bot");
    viewer = await calls.join(emulator.roomUrl(name), "Grace", { runtime: "native" });
    await viewer.sees("Bot");
  });
  afterEach(async () => {
    for (const projector of projectors.splice(0)) projector.stop();
    await calls[Symbol.asyncDispose]();
  });

  function project(sink: VideoTrackSink, shown: PublishedPicture): Projector {
    const projector = new Projector(sink, shown);
    projectors.push(projector);
    return projector;
  }

  async function watch(trackName: string): Promise<() => CapturedVideo | undefined> {
    let newest: CapturedVideo | undefined;
    await viewer.call.captureVideo(bot.id, trackName, {}, (video) => (newest = video));
    return () => newest;
  }

  const isOn = (track: { readonly state: string } | undefined): boolean => track?.state === "playable";

  it("shows a camera, switched off and on, with pictures of any format", async () => {
    const camera = await bot.call.publishVideo(CAMERA, { ...SMALL, fps: 20, maxBitrate: 200_000 });
    const projector = project(camera, picture("RGB", RED, BLUE));
    const newest = await watch(CAMERA);
    await until("red and blue", () => shows(newest(), RED, BLUE), 10_000);
    expect(newest()).toMatchObject(SMALL);
    await viewer.seesThat(bot.id, "the camera is on", (it) => isOn(it.camera));
    projector.show(picture("I420", GREEN, RED));
    await until("green and red", () => shows(newest(), GREEN, RED), 10_000);
    await expect(bot.call.publishVideo(CAMERA, SMALL)).rejects.toMatchObject({ code: "alreadyPublished" });

    void camera.close();
    // The name is free at once; the requests are served in their order.
    const again = await bot.call.publishVideo(CAMERA, SMALL);
    await camera.close();
    expect(camera.write(picture("RGB", RED, RED))).toBe(false);
    await viewer.seesThat(bot.id, "the new camera is on", (it) => isOn(it.camera));
    project(again, picture("RGBA", BLUE, GREEN));
    await until("blue and green", () => shows(newest(), BLUE, GREEN), 10_000);
    await again.close();
    await viewer.seesThat(bot.id, "the camera is off", (it) => it.camera.state === "off");
  });

  it("shows a custom track and a screen beside each other, scaled to their sizes, until the call is over", async () => {
    const cat = await bot.call.publishVideo("cat", SMALL);
    const screen = await bot.call.publishVideo(SCREEN_VIDEO, { width: 320, height: 240, maxBitrate: 500_000 });
    await expect(bot.call.publishAudio("cat", { sampleRate: 48_000 })).rejects.toMatchObject({
      code: "alreadyPublished",
    });
    project(cat, picture("I420", RED, GREEN, { width: 321, height: 241 }));
    project(screen, picture("RGB", BLUE, RED));
    const newestCat = await watch("cat");
    const newestScreen = await watch(SCREEN_VIDEO);
    await until("the cat", () => shows(newestCat(), RED, GREEN), 10_000);
    await until("the screen", () => shows(newestScreen(), BLUE, RED) && newestScreen()?.width === 320, 10_000);
    expect(newestCat()).toMatchObject(SMALL);
    expect(viewer.participant(bot.id)?.custom.cat).toMatchObject({ kind: "video", state: "playable" });

    await cat.close();
    await viewer.seesThat(bot.id, "the cat is gone", ({ custom }) => custom.cat === undefined);
    expect(isOn(viewer.participant(bot.id)?.screenVideo)).toBe(true);
    await bot.call.leave();
    expect(screen.closed).toBe(true);
    expect(screen.write(picture("RGB", BLUE, RED))).toBe(false);
    await screen.close();
    await expect(bot.call.publishVideo("cat", SMALL)).rejects.toMatchObject({ code: "notJoined" });
    expect([...bot.errors, ...bot.warnings]).toEqual([]);
  });
});
