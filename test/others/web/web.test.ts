import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { type Emulator, startEmulator } from "../../../src/emulator/index.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { Calls, type WatchedCall } from "../../support/calls.ts";
import { createConversation } from "../../support/conversation.ts";
import { launchPeopleBrowser } from "../../support/people-browser.ts";
import { RawDaily } from "../../support/raw-daily.ts";
import { PAL_NAME } from "../../support/tavus.ts";
import { tone } from "../../support/tone.ts";
import { until } from "../../support/until.ts";
import { buildPages } from "./build-pages.ts";
import { servePages } from "./page-server.ts";
import { RTVIBot } from "./rtvi-bot.ts";

// Other projects' software, unchanged except for the location of the bundle. It has its own page server, as in development.

type PipecatEvent = readonly [name: string, ...details: unknown[]];
declare const pipecat: {
  readonly seen: PipecatEvent[];
  connect(options: object): Promise<void>;
  readonly client: {
    enableMic(enabled: boolean): void;
    sendText(text: string): Promise<void>;
    sendClientRequest(type: string, data: unknown): Promise<unknown>;
    disconnectBot(): void;
    disconnect(): Promise<void>;
  };
};
declare const older: {
  readonly version: string;
  join(url: string, bundle: string): Promise<void>;
  frame(url: string): Promise<void>;
};

const STREAM = "stream";
const SPEECH_RATE = 24_000;

describe("other people's web clients", () => {
  let emulator: Emulator;
  let pages: Awaited<ReturnType<typeof servePages>>;
  let browser: Browser;
  let calls: Calls;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    emulator = await startEmulator({ logger: silentLogger, pal: { join: "early" } });
    pages = await servePages(await buildPages(emulator.bundleUrl));
    browser = await launchPeopleBrowser({ offersLoopback: false });
  });
  afterAll(async () => {
    await browser.close();
    await pages[Symbol.asyncDispose]();
    await emulator.close();
  });
  beforeEach(() => {
    calls = new Calls("native");
    complaints = [];
  });
  afterEach(async () => {
    await page.context().close();
    await calls[Symbol.asyncDispose]();
    expect(complaints).toEqual([]);
  });

  /** Opens a page as a person who grants or denies devices. Hosts other than this machine are unreachable. */
  async function open(name: string, devices: "granted" | "denied" = "granted", room?: string): Promise<void> {
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
    await context.route(
      ({ hostname }) => hostname !== "localhost" && hostname !== "127.0.0.1",
      (route) => {
        complaints.push(`asked for ${route.request().url()}`);
        return route.abort();
      },
    );
    page = await context.newPage();
    if (devices === "granted") await context.grantPermissions(["microphone", "camera"], { origin: pages.url });
    else await deny();
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`${pages.url}/${name}${room === undefined ? "" : `?room=${encodeURIComponent(room)}`}`);
  }

  /** Denies devices as a page sees it: by the permission and the error. A headless browser shows no prompt to refuse. */
  async function deny(): Promise<void> {
    await page.addInitScript(() => {
      navigator.permissions.query = () => Promise.resolve({ state: "denied" } as PermissionStatus);
      navigator.mediaDevices.getUserMedia = () =>
        Promise.reject(new DOMException("Permission denied", "NotAllowedError"));
    });
  }

  /** Opens a conversation with its pal, and a bot that provides the pal's voice. */
  async function converse(body: object = {}): Promise<{ id: string; url: string; bot: WatchedCall }> {
    const made = await createConversation(emulator, { pal_id: "pipecat-stream", ...body });
    const bot = await calls.join(made.conversation_url, "Bot");
    return { id: made.conversation_id, url: made.conversation_url, bot };
  }

  async function speak(bot: WatchedCall): Promise<void> {
    const sink = await bot.call.publishAudio(STREAM, { sampleRate: SPEECH_RATE });
    sink.write(tone(440, SPEECH_RATE, 9000));
  }

  /** Resolves when a video element shows the pal's drawn face, which is 320 pixels wide. */
  async function showsFace(selector: string): Promise<void> {
    await page.locator(selector).first().waitFor();
    await until("the pal's face is shown", () =>
      page.evaluate((css) => document.querySelector<HTMLVideoElement>(css)?.videoWidth === 320, selector),
    );
  }

  describe("daily-react, in examples/web-daily-react", () => {
    const tile = (role: string) => page.locator(`figure[data-role=${role}]`);
    const alerts = async (): Promise<string[]> => page.getByRole("alert").allTextContents();

    async function joinAsGuest(url: string, devices: "granted" | "denied" = "granted"): Promise<void> {
      await open("daily-react", devices, url);
      await page.getByRole("button", { name: "Join" }).click();
      await page.getByRole("status").filter({ hasText: "joined-meeting" }).waitFor();
    }

    it("shows the pal, the users and itself, and who speaks", async () => {
      const { url, bot } = await converse();
      await joinAsGuest(url);
      await showsFace("figure[data-role=pal] video");
      expect(await tile("pal").textContent()).toContain(PAL_NAME.track);
      expect(await tile("user").textContent()).toContain("Bot");
      await until("its own camera is shown", () =>
        page.evaluate(
          () => (document.querySelector<HTMLVideoElement>("figure[data-role=you] video")?.videoWidth ?? 0) > 0,
        ),
      );
      expect(await alerts()).toEqual([]);
      await speak(bot);
      await page.locator("figure[data-role=pal][data-speaking=true]").waitFor();
      await bot.call.leave();
      await tile("user").waitFor({ state: "detached" });
    });

    it("mutes, leaves, and joins again", async () => {
      const { url, bot } = await converse();
      await joinAsGuest(url);
      const { sessionId } = await bot.sees("Guest");
      const micIs = (on: boolean): Promise<unknown> =>
        bot.seesThat(
          sessionId,
          "the microphone is as it should",
          ({ microphone }) => (microphone.state !== "off") === on,
        );
      await micIs(true);
      await page.getByRole("button", { name: "Mute" }).click();
      await micIs(false);
      await page.getByRole("button", { name: "Unmute" }).click();
      await micIs(true);
      await page.getByRole("button", { name: "Leave" }).click();
      await until("it has left", () => bot.left.length === 1);
      await page.getByRole("button", { name: "Join" }).click();
      await until("it is back", () => bot.joined.filter(({ userName }) => userName === "Guest").length === 2);
    });

    it("reports denied devices, and still shows the pal", async () => {
      const { url } = await converse();
      await joinAsGuest(url, "denied");
      await until("both are named", async () => (await alerts()).length === 2);
      expect(await alerts()).toEqual(["No microphone: access was denied.", "No camera: access was denied."]);
      await showsFace("figure[data-role=pal] video");
    });

    it("reports why it cannot join, and that the conversation has ended", async () => {
      const closed = await createConversation(emulator, { require_auth: true });
      await open("daily-react", "granted", closed.conversation_url);
      await page.getByRole("button", { name: "Join" }).click();
      await until("it is told", async () => (await alerts()).some((text) => text.includes("not allowed")));
      const opened = await converse();
      await page.getByLabel("URL of the conversation").fill(opened.url);
      await page.getByRole("button", { name: "Join" }).click();
      await page.getByRole("status").filter({ hasText: "joined-meeting" }).waitFor();
      await emulator.tavus.conversations.end(opened.id, "end_conversation_endpoint_hit");
      await until("the end is told", async () => (await alerts()).some((text) => text.includes("Meeting has ended")));
    });
  });

  describe("Pipecat's client with its Daily transport", () => {
    const seen = (name: string): Promise<unknown[][]> =>
      page.evaluate((wanted) => pipecat.seen.filter(([one]) => one === wanted).map(([, ...details]) => details), name);
    const sees = (name: string, ...details: unknown[]): Promise<unknown> =>
      until(`${name} ${JSON.stringify(details)}`, async () =>
        (await seen(name)).some((one) => JSON.stringify(one) === JSON.stringify(details)),
      );

    /** Adds a bot that answers `client-ready`. It joins last, so the client takes it for its bot. */
    async function rtviBot(url: string): Promise<RawDaily> {
      const bot = await RawDaily.join(url, { userName: "RTVI bot" });
      bot.call.on("app-message", ({ data, fromId }) => {
        const { label, type, id } = data as { label?: string; type?: string; id?: string };
        if (label !== "rtvi-ai" || type !== "client-ready") return;
        const ready = { label, type: "bot-ready", id, data: { version: "1.2.0" } };
        bot.call.sendAppMessage(ready, fromId);
      });
      await bot.openMicrophone(440);
      return bot;
    }

    it("becomes ready, and reports the pal, its tracks, other participants and levels", async () => {
      const { url, bot } = await converse();
      await using _rtvi = await rtviBot(url);
      await open("pipecat");
      const { bundleUrl: bundlePathOverride } = emulator;
      await page.evaluate((options) => pipecat.connect(options), { url, bundlePathOverride });
      await sees("botReady", "1.2.0");
      await sees("state", "ready");
      await sees("joined", PAL_NAME.track);
      for (const kind of ["audio", "video"]) await sees("trackStarted", kind, PAL_NAME.track, false);
      await speak(bot);
      await sees("loud", PAL_NAME.track);
      // enableCam is false: no camera was requested.
      expect(await seen("deviceError")).toEqual([]);
      const own = (await seen("trackStarted")).filter(([, , local]) => local === true);
      expect(own.map(([kind]) => kind)).toEqual(["audio"]);
      await page.evaluate(() => pipecat.client.disconnect());
      await until("it has left", () => bot.left.length === 1);
    });

    it("is heard, writes to and asks a bot of this library, runs a function for it, and ends its call", async () => {
      await using bot = new RTVIBot(emulator);
      const url = await bot.inItsRoom();
      await open("pipecat");
      const options = { url, bundlePathOverride: emulator.bundleUrl, enableMic: false };
      await page.evaluate((given) => pipecat.connect(given), options);
      await sees("botReady", "2.2.0");

      await page.evaluate(() => pipecat.client.enableMic(true));
      await sees("userTranscript", "Good", false);
      await sees("userTranscript", "Good morning", true);
      await page.evaluate(() => pipecat.client.enableMic(false));
      await sees("userStoppedSpeaking");
      await sees("botStoppedSpeaking");

      await page.evaluate(() => {
        pipecat.seen.length = 0;
        return pipecat.client.sendText("What is ripe?");
      });
      await sees("botStoppedSpeaking");
      const outputs = (await seen("botOutput")).map(([output]) => output as Record<string, unknown>);
      expect(outputs.map(({ spoken_status, heard }) => [spoken_status, heard])).toEqual([
        ["new", ""],
        ["in-progress", "Pears"],
        ["in-progress", "Pears are"],
        ["in-progress", "Pears are ripe"],
        ["completed", "Pears are ripe now."],
      ]);
      expect(new Set(outputs.map(({ segment_id }) => segment_id)).size).toBe(1);

      expect(await page.evaluate(() => pipecat.client.sendClientRequest("price", "pear"))).toEqual({
        of: "pear",
        euros: 3,
      });
      bot.transport.rtvi.sendServerMessage({ note: "ä" });
      await sees("serverMessage", { note: "ä" });

      await page.evaluate(() => pipecat.client.sendText("Show me a pear"));
      await sees("functionCalled", { fruit: "pear" });
      await until("the page's answer is in the context", () =>
        bot.context.messages.some(({ role, content }) => role === "tool" && content === '{"shown":true}'),
      );
      expect(await seen("error")).toEqual([]);
      expect(await seen("messageError")).toEqual([]);

      await page.evaluate(() => pipecat.client.disconnectBot());
      expect((await bot.running).outcome).toBe("ended");
    });

    it("reports which devices were denied, and by whom", async () => {
      const { url } = await converse();
      await using _rtvi = await rtviBot(url);
      await open("pipecat", "denied");
      const options = { url, bundlePathOverride: emulator.bundleUrl, enableCam: true };
      await page.evaluate((given) => pipecat.connect(given), options);
      await until("it is told", async () => (await seen("deviceError")).length > 0);
      expect((await seen("deviceError"))[0]).toEqual([["mic", "cam"], "permissions", { blockedBy: "user" }]);
      await sees("state", "ready");
    });
  });

  describe("Tavus' CVI components", () => {
    const joinButton = () => page.getByRole("button", { name: "Join Video Chat" }).locator("visible=true");

    it("check the camera, then show the pal, the user and the active speaker", async () => {
      const { url, bot } = await converse();
      await open("cvi", "granted", url);
      await page.getByRole("button", { name: "Start" }).click();
      await until("the hair check shows the camera", () =>
        page.evaluate(() => (document.querySelector("video")?.videoWidth ?? 0) > 320),
      );
      await joinButton().click();
      await showsFace("[class*=mainVideoContainer] video");
      await until("the user is in the room", () => bot.joined.length === 2);
      await page.locator("[class*=previewVideoContainer] video").waitFor();
      // Their wave moves for the active speaker, and they draw only the user's: the browser's microphone beeps.
      await page.locator(".audio_wave_bar:not(.audio_wave_barInactive)").first().waitFor({ state: "attached" });
      expect(await page.getByText("Connecting...").count()).toBe(0);
      await page.getByRole("button", { name: "Leave Call" }).click();
      await until("the user has left", () => bot.left.length === 1);
    });

    it("report denied devices", async () => {
      const { url } = await converse();
      await open("cvi", "denied", url);
      await page.getByRole("button", { name: "Start" }).click();
      await page.getByText("Camera and mic access denied").waitFor();
    });
  });

  it("daily-js with the older name of the option joins by the bundle's own URL", async () => {
    const { url, bot } = await converse();
    await open("older-daily-js");
    await page.evaluate(
      ([room, bundle]) => older.join(room ?? "", bundle ?? ""),
      [url, `${emulator.bundleUrl}/call-machine-object-bundle.js`],
    );
    expect(await page.evaluate(() => older.version)).toBe("0.84.0");
    await bot.sees("Older");
  });

  it("a frame of daily-js needs no change at all: it joins, records and leaves", async () => {
    const { id, url, bot } = await converse({ properties: { enable_recording: true } });
    await open("older-daily-js");
    await page.evaluate((room) => older.frame(room), url);
    await until("it was there and has left", () => bot.left.length === 1);
    expect(emulator.tavus.conversations.get(id)?.recordings).toHaveLength(1);
  });
});
