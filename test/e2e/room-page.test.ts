import { request } from "node:http";

import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { type Emulator, type RoomOptions, startEmulator } from "../../src/emulator/index.ts";
import { CAMERA, MICROPHONE, type PublishedPicture, SCREEN_VIDEO } from "../../src/transport/daily/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { Calls, type WatchedCall } from "../support/calls.ts";
import { createConversation } from "../support/conversation.ts";
import { launchPeopleBrowser, newPersonPage } from "../support/people-browser.ts";
import { Projector } from "../support/projector.ts";
import { BLUE, halves, RED } from "../support/test-camera.ts";
import { tone } from "../support/tone.ts";
import { until } from "../support/until.ts";

describe("the page behind a room's URL", () => {
  let emulator: Emulator;
  let browser: Browser;
  let page: Page;
  let calls: Calls;
  let rooms = 0;
  let complaints: string[];

  beforeAll(async () => {
    emulator = await startEmulator({ logger: silentLogger, pal: { join: "early" } });
    // Like a person's browser: its WebRTC does not offer 127.0.0.1.
    browser = await launchPeopleBrowser({ offersLoopback: false });
  });
  afterAll(async () => {
    await browser.close();
    await emulator.close();
  });
  beforeEach(async () => {
    calls = new Calls("native");
    page = await newPersonPage(browser, emulator.url);
    complaints = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
  });
  afterEach(async () => {
    await page.context().close();
    await calls[Symbol.asyncDispose]();
    expect(complaints).toEqual([]);
  });

  function newRoom(options: RoomOptions = {}): { readonly name: string; readonly url: string } {
    const name = `people-${++rooms}`;
    emulator.createRoom(name, options);
    return { name, url: emulator.roomUrl(name) };
  }

  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const status = () => page.getByRole("status");
  const tile = (name: string) => page.locator("figure").filter({ hasText: name });

  async function statusIs(text: string | RegExp): Promise<void> {
    await until(`the status is ${String(text)}`, async () => {
      const now = (await status().textContent()) ?? "";
      return typeof text === "string" ? now === text : text.test(now);
    });
  }

  /** A person opens the page and joins. */
  async function enter(url: string, name = "Person"): Promise<void> {
    await page.goto(url);
    await page.getByLabel("Your name").fill(name);
    await button("Join").click();
    await statusIs("joined");
  }

  async function meet(url: string): Promise<{ native: WatchedCall; id: string }> {
    const native = await calls.join(url, "Native");
    await enter(url);
    const { sessionId } = await native.sees("Person");
    await tile("Native").waitFor();
    return { native, id: sessionId };
  }

  it("shows a camera, a screen and a custom track that another participant publishes, each until it is closed", async () => {
    const { url } = newRoom();
    const { native } = await meet(url);
    const size = { width: 160, height: 120 };
    const shown: PublishedPicture = { ...size, format: "RGB", image: halves(size, RED, BLUE) };
    const sinks = await Promise.all([CAMERA, SCREEN_VIDEO, "cat"].map((name) => native.call.publishVideo(name, size)));
    const projectors = sinks.map((sink) => new Projector(sink, shown));
    const isShown = (title?: string) => {
      const video = tile("Native").locator(title === undefined ? "video >> nth=0" : `video[title="${title}"]`);
      return video.evaluate((element: HTMLVideoElement) => element.videoWidth > 0);
    };
    for (const title of [undefined, SCREEN_VIDEO, "cat"])
      await until(`${title} is shown`, () => isShown(title), 10_000);
    await sinks[2]?.close();
    await until("the custom track is gone", async () => (await tile("Native").locator("video").count()) === 2);
    for (const projector of projectors) projector.stop();
  });

  it("joins with microphone and camera, and audio flows both ways, without 127.0.0.1 in the browser's WebRTC", async () => {
    const { url } = newRoom();
    const { native, id } = await meet(url);
    expect(await page.locator("figure").count()).toBe(2);
    const ear = await native.listen(id, MICROPHONE);
    await until("the person's microphone beeps", () => ear.peak > 1000);

    const sink = await native.call.publishAudio(MICROPHONE, { sampleRate: 48_000 });
    sink.write(tone(440, 48_000, 9000));
    const audio = tile("Native").locator("audio");
    await until("the page has the other's sound", () =>
      audio.evaluate((element: HTMLAudioElement) => element.srcObject !== null),
    );
    const frequency = await audio.evaluate(async (element: HTMLAudioElement) => {
      const context = new AudioContext();
      const analyser = new AnalyserNode(context, { fftSize: 8192 });
      context.createMediaStreamSource(element.srcObject as MediaStream).connect(analyser);
      const bins = new Float32Array(analyser.frequencyBinCount);
      const deadline = performance.now() + 4000;
      for (;;) {
        analyser.getFloatFrequencyData(bins);
        const loudest = bins.indexOf(Math.max(...bins));
        if ((bins[loudest] ?? -Infinity) > -40) return (loudest * context.sampleRate) / analyser.fftSize;
        if (performance.now() > deadline) return 0;
        await new Promise(requestAnimationFrame);
      }
    });
    expect(Math.abs(frequency - 440)).toBeLessThan(15);
    const own = tile("Person (you)").locator("video");
    await until("the own picture is shown", () => own.evaluate((element: HTMLVideoElement) => element.videoWidth > 0));
    expect(await tile("Native").textContent()).toContain("mic on");
  });

  it("mutes and unmutes, and switches the camera off and on", async () => {
    const { url } = newRoom();
    const { native, id } = await meet(url);
    await native.seesThat(
      id,
      "all is on",
      ({ microphone, camera }) => microphone.state !== "off" && camera.state !== "off",
    );
    await button("Mute").click();
    await native.seesThat(id, "the microphone is off", ({ microphone }) => microphone.state === "off");
    await button("Unmute").click();
    await native.seesThat(id, "the microphone is on", ({ microphone }) => microphone.state !== "off");
    await button("Stop camera").click();
    await native.seesThat(id, "the camera is off", ({ camera }) => camera.state === "off");
    await button("Start camera").click();
    await native.seesThat(id, "the camera is on", ({ camera }) => camera.state !== "off");
    await button("Mute").waitFor();
  });

  it("shows messages of others as text, never as markup", async () => {
    const { url } = newRoom();
    const hostile = `<img src=x onerror="document.title='owned'">`;
    const native = await calls.join(url, hostile);
    await enter(url);
    await tile(hostile).waitFor();
    await native.call.sendAppMessage({ text: `${hostile} <script>document.title='owned'</script>` });
    const log = page.locator(".log");
    await until("it is logged", async () => ((await log.textContent()) ?? "").includes("<script>"));
    expect(await log.textContent()).toContain(`${hostile}: `);
    expect(await page.locator("img, main script").count()).toBe(0);
    expect(await page.title()).not.toBe("owned");
  });

  it("keeps the last 200 messages", async () => {
    const { url } = newRoom();
    const { native } = await meet(url);
    for (let n = 0; n < 205; n++) await native.call.sendAppMessage({ n });
    const log = page.locator(".log");
    await until("the last is logged", async () => ((await log.textContent()) ?? "").includes(`{"n":204}`));
    expect(await log.locator("> *").count()).toBe(200);
    expect(await log.textContent()).not.toContain(`{"n":4}`);
  });

  it("leaves, and joins again", async () => {
    const { url } = newRoom();
    const { native } = await meet(url);
    await button("Leave").click();
    await statusIs("left");
    await until("the leave is seen", () => native.left.length === 1, 1000);
    expect(await page.locator("figure").count()).toBe(0);
    expect(await button("Leave").isDisabled()).toBe(true);
    await button("Join").click();
    await statusIs("joined");
    await tile("Native").waitFor();
    await native.sees("Person");
  });

  it("removes a tile when its participant leaves, and all when the room ends", async () => {
    const { name, url } = newRoom();
    const { native } = await meet(url);
    await native.call.leave();
    await tile("Native").waitFor({ state: "detached" });
    emulator.deleteRoom(name);
    await statusIs("left: Meeting has ended.");
    expect(await page.locator("figure").count()).toBe(0);
  });

  it("shows the pal of a conversation, its face and its events", async () => {
    const { conversation_id: id, conversation_url: url } = await createConversation(emulator, {
      pal_id: "pipecat-stream",
    });
    await enter(url);
    const video = tile("Tavus Echo Audio Stream").locator("video");
    await video.waitFor();
    await until("its face is shown", () => video.evaluate((element: HTMLVideoElement) => element.videoWidth === 320));
    emulator.pal(id)?.leave();
    await video.waitFor({ state: "detached" });
    await emulator.pal(id)?.join();
    await page.locator(".log").getByText("system.pal_joined").waitFor();
  });

  it("admits to a private room with the token in the URL, and shows others why they cannot join", async () => {
    const { name, url } = newRoom({ isPrivate: true });
    await page.goto(url);
    await button("Join").click();
    await statusIs("could not join: You are not allowed to join this meeting.");
    expect(await button("Join").isDisabled()).toBe(false);
    await page.goto(`${url}?t=${emulator.room(name)?.issueToken() ?? ""}`);
    await button("Join").click();
    await statusIs("joined");
  });

  it("is served only to pages of this machine, and only for existing rooms", async () => {
    const { url } = newRoom();
    const status = (target: string, headers: Record<string, string> = {}): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const asked = request(target, { headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        asked.on("error", reject).end();
      });
    expect(await status(url)).toBe(200);
    expect(await status(emulator.roomUrl("nowhere"))).toBe(404);
    expect(await status(url, { host: "rooms.example.com" })).toBe(403);
    expect(await status(url, { origin: "https://example.com" })).toBe(403);
    const bundle = `${emulator.url}/_daily/call-machine-object-bundle.js`;
    expect(await status(bundle)).toBe(200);
    expect(await status(bundle, { origin: "https://example.com" })).toBe(404);
    expect(await status(`${emulator.url}/_daily/..%2f..%2fpackage.json`)).toBe(404);
    expect(await status(`${emulator.url}/_daily/constructor`)).toBe(404);
  });
});
