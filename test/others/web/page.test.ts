import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { startServer } from "../../../examples/web/server.ts";
import { type Emulator, startEmulator } from "../../../src/emulator/index.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { launchPeopleBrowser } from "../../support/people-browser.ts";
import { FACE_ID } from "../../support/tavus.ts";
import { until } from "../../support/until.ts";
import { buildPage, checkPageTypes } from "./build-page.ts";

/** In the page: opens the fake microphone for so many milliseconds. */
declare const speak: (durationMs: number) => void;

/** A microphone that is silent until the test speaks: the browser's own beeps all the time. */
function fakeMicrophone(): void {
  const context = new AudioContext();
  const level = new GainNode(context, { gain: 0 });
  const voice = new OscillatorNode(context, { frequency: 300 });
  const microphone = context.createMediaStreamDestination();
  voice.connect(level).connect(microphone);
  voice.start();
  navigator.mediaDevices.getUserMedia = async () => microphone.stream.clone();
  Object.assign(globalThis, {
    speak: (durationMs: number) => {
      level.gain.setValueAtTime(0.5, context.currentTime);
      level.gain.setValueAtTime(0, context.currentTime + durationMs / 1000);
    },
  });
}

function noMicrophone(): void {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("Permission denied", "NotAllowedError"));
}

describe("the page of examples/web", () => {
  let emulator: Emulator;
  let server: Awaited<ReturnType<typeof startServer>>;
  let types: Promise<void>;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    types = checkPageTypes();
    types.catch(() => undefined);
    // What the server and its bots log.
    vi.stubEnv("TAVUS_TRANSPORT_LOG", "off");
    // The bot takes real services where it finds their keys.
    for (const name of ["OPENAI_API_KEY", "OPENAI_BASE_URL", "DEEPGRAM_API_KEY", "CARTESIA_API_KEY"])
      vi.stubEnv(name, "");
    for (const method of ["log", "error"] as const) vi.spyOn(console, method).mockReturnValue();
    emulator = await startEmulator({ logger: silentLogger, pal: { join: "early" } });
    server = await startServer({
      port: 0,
      maxConversations: 1,
      account: { apiKey: emulator.apiKey, apiUrl: emulator.apiUrl, faceId: FACE_ID },
      pageFolder: await buildPage(),
    });
    browser = await launchPeopleBrowser({ offersLoopback: false });
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await browser.close();
    await server[Symbol.asyncDispose]();
    await emulator.close();
  });
  beforeEach(async () => {
    complaints = [];
    context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
    await context.grantPermissions(["microphone"], { origin: server.url });
    page = await context.newPage();
    page.on("pageerror", (error) => complaints.push(error.message));
  });
  afterEach(async () => {
    await context.close();
    expect(complaints).toEqual([]);
    // A user who has gone costs nothing more.
    await until("every conversation is over", () => emulator.tavus.openConversations === 0, 15_000);
  });

  const captions = () => page.getByRole("log", { name: "Captions" });
  const said = (who: "you" | "bot") => captions().locator(`li[data-who=${who}]`);
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const alert = (text: string) => page.getByRole("alert").filter({ hasText: text });

  async function start(): Promise<void> {
    await page.goto(server.url);
    await button("Start").click();
    await page.locator("body[data-phase=talking]").waitFor();
  }

  it("holds its types", () => types);

  it("shows the pal, what is heard of the bot, and what the user says; takes text; mutes and leaves", async () => {
    await page.addInitScript(fakeMicrophone);
    await start();
    await until("the pal is shown", () =>
      page.evaluate(() => document.querySelector<HTMLVideoElement>("video")?.videoWidth === 320),
    );
    // The greeting is written in full when the bot begins to speak, and becomes heard word by word.
    const greeting = said("bot").first();
    await greeting.locator(".rest").waitFor();
    await page.getByText("The bot is speaking").waitFor();
    await greeting
      .filter({ has: page.locator(".heard") })
      .filter({ has: page.locator(".rest") })
      .waitFor();
    await greeting.locator(".rest").waitFor({ state: "detached" });
    expect(await greeting.locator(".heard").allTextContents()).toEqual([
      "Hello!",
      "I am a script, and my voice is a beep for each word.",
    ]);

    await page.evaluate(() => speak(800));
    await page.getByText("You are speaking").waitFor();
    await said("you").filter({ hasText: "I am speaking" }).waitFor();
    await said("bot").filter({ hasText: "You said: I am speaking" }).waitFor();
    await page.getByText(/^Answered after \d\.\d\d s$/).waitFor();

    // Typing interrupts: what was not heard is struck out.
    await page.getByLabel("Message").fill("What is the time?");
    await page.keyboard.press("Enter");
    await said("bot").locator(".cut").first().waitFor();
    await said("bot").filter({ hasText: "You said: What is the time?" }).waitFor();

    await button("Mute").click();
    await page.evaluate(() => speak(800));
    expect(await button("Unmute").getAttribute("aria-pressed")).toBe("true");
    await button("Leave").click();
    await page.getByText("You have left.").waitFor();
    expect(await said("you").count()).toBe(2);
    await button("Start again").waitFor();
  });

  it("works without a microphone, refuses when all bots are busy, and says when the conversation is over", async () => {
    await page.addInitScript(noMicrophone);
    await start();
    await alert("No microphone: access was denied. You can type instead.").waitFor();
    await page.getByLabel("Message").fill("Are you there?");
    await button("Send").click();
    await said("bot").filter({ hasText: "You said: Are you there?" }).waitFor();

    const other = await context.newPage();
    await other.goto(server.url);
    await other.getByRole("button", { name: "Start" }).click();
    await other.getByText("All bots are busy.").waitFor();

    const talking = emulator.tavus.conversations.list().find(({ status }) => status === "active");
    await emulator.tavus.conversations.end(talking?.id ?? "", "end_conversation_endpoint_hit");
    await alert("The conversation has ended.").waitFor();
  });
});
