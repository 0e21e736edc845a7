import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { type Emulator, startEmulator } from "../../src/emulator/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { Calls } from "../support/calls.ts";
import { createConversation } from "../support/conversation.ts";
import { launchPeopleBrowser, newPersonPage } from "../support/people-browser.ts";
import { passes, until } from "../support/until.ts";

const HOSTILE = `"><img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;

describe("the emulator's page at /", () => {
  let emulator: Emulator;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let polls: number;

  beforeAll(async () => {
    browser = await launchPeopleBrowser({ offersLoopback: false });
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    emulator = await startEmulator({ logger: silentLogger, pal: { join: "early" } });
    page = await newPersonPage(browser, emulator.url);
    complaints = [];
    polls = 0;
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("request", (request) => {
      if (request.url().includes("/overview")) polls++;
    });
  });
  afterEach(async () => {
    await page.context().close();
    await emulator.close();
    expect(complaints).toEqual([]);
  });

  const connection = () => page.locator("#connection");
  const row = (text: string) => page.locator("#conversations tbody tr").filter({ hasText: text });
  const entry = (text: string) => page.locator("#activity li").filter({ hasText: text });

  async function look(): Promise<void> {
    await page.goto(emulator.url);
    await connection().getByText("live", { exact: true }).waitFor();
  }

  it("lists a conversation created over HTTP, opens its room, and ends it", async () => {
    await look();
    await page.getByText("None yet.").waitFor();
    const { conversation_id: id } = await createConversation(emulator, {
      pal_id: "pipecat0",
      conversation_name: "Front desk",
    });
    const shown = row("Front desk");
    await shown.getByText("Ari (pal)").waitFor();
    expect(await shown.textContent()).toContain(id);
    expect(await shown.textContent()).toContain("pipecat0");
    await entry("POST /conversations → 200").waitFor();
    await entry("system.pal_joined from Ari").waitFor();

    const [room] = await Promise.all([page.waitForEvent("popup"), shown.getByRole("link", { name: /^Open/ }).click()]);
    await room.getByLabel("Your name").fill("Ada");
    await room.getByRole("button", { name: "Join", exact: true }).click();
    // The hidden tab learns of it when the person returns to it.
    await page.bringToFront();
    await shown.getByText("Ada", { exact: true }).waitFor();
    await entry("Ada joined").waitFor();

    await shown.getByRole("button", { name: "End Front desk" }).click();
    await shown.getByText("end conversation endpoint hit").waitFor();
    expect(await shown.getByRole("link").count()).toBe(0);
    expect(emulator.tavus.openConversations).toBe(0);
    await room.getByText("left: ").waitFor();
    await entry("system.shutdown").first().waitFor();
  });

  it("creates a conversation of a PAL and a face, by keyboard alone", async () => {
    await look();
    await page.getByLabel("Name").focus();
    await page.keyboard.type("By hand");
    await page.keyboard.press("Tab");
    await page.keyboard.type("Ari");
    await page.keyboard.press("Tab");
    await page.keyboard.type("Brooke");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await row("By hand").getByText("Ari (pal)").waitFor();
    expect(await row("By hand").textContent()).toContain("Brooke");
    expect(emulator.tavus.conversations.list()).toMatchObject([{ pal: { id: "pipecat0" }, face: { name: "Brooke" } }]);
    await row("By hand").getByRole("button", { name: /^End/ }).focus();
    await page.keyboard.press("Enter");
    await row("By hand").getByText("ended", { exact: true }).waitFor();
    const focus = () => page.evaluate(() => document.activeElement?.id);
    await until("the focus is at the heading", async () => (await focus()) === "conversations-title");
  });

  it("shows why a conversation cannot be created, and allows another attempt", async () => {
    for (let n = 0; n < 10; n++) await createConversation(emulator, {});
    await look();
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByText("User has reached maximum concurrent conversations").waitFor();
    expect(await page.getByRole("button", { name: "Create" }).isEnabled()).toBe(true);
    // The browser itself logs this answer as an error.
    expect(complaints.splice(0)).toEqual([expect.stringContaining("400")]);
  });

  it("shows names and messages of others as text, never as markup", async () => {
    await using calls = new Calls("native");
    const pal = { pal_name: HOSTILE, system_prompt: "", default_face_id: "r90bbd427f71", pipeline_mode: "echo" };
    const headers = { "x-api-key": emulator.apiKey };
    const body = JSON.stringify(pal);
    const created = await fetch(`${emulator.apiUrl}/pals`, { method: "POST", headers, body });
    const { pal_id } = (await created.json()) as { pal_id: string };
    const { conversation_url: url } = await createConversation(emulator, { pal_id, conversation_name: HOSTILE });
    const guest = await calls.join(url, HOSTILE);
    await guest.call.sendAppMessage({ event_type: HOSTILE, properties: { text: HOSTILE } });
    emulator.createRoom(HOSTILE);
    emulator.tavus.faults.next({ path: `/${HOSTILE}` });
    emulator.tavus.activity.add({ kind: "room", room: HOSTILE, title: "in that room" });
    await look();
    await row(HOSTILE).getByText(HOSTILE, { exact: true }).last().waitFor();
    await entry(`${HOSTILE} from `).locator("summary").click();
    await entry(`${HOSTILE} from `).locator("pre").getByText("<script>").waitFor();
    await entry("in that room").locator(".id").getByText(HOSTILE).waitFor();
    await page.locator("#rooms").getByText(HOSTILE).waitFor();
    await page.locator("#faults").getByText(HOSTILE).waitFor();
    expect(await page.getByLabel("PAL").locator("option").allTextContents()).toContain(`${HOSTILE} (${pal_id})`);
    expect(await page.locator("img, body script").count()).toBe(0);
    expect(await page.title()).toBe("Tavus emulator");
  });

  it("keeps expanded entries and the focus during updates", async () => {
    const { conversation_id: id } = await createConversation(emulator, { conversation_name: "One" });
    await look();
    const first = entry("POST /conversations → 200").last();
    await first.locator("summary").click();
    await row("One").getByRole("link").focus();
    await createConversation(emulator, { conversation_name: "Two" });
    await row("Two").waitFor();
    expect(await first.locator("pre").isVisible()).toBe(true);
    expect(await page.evaluate(() => document.activeElement?.getAttribute("href"))).toBe(`${emulator.url}/${id}`);
  });

  it("filters activity by kind, and shows the last 200 entries", async () => {
    await look();
    const { activity } = emulator.tavus;
    for (let n = 1; n <= 150; n++) activity.add({ kind: "event", title: `event ${n}.` });
    await entry("event 150.").waitFor();
    for (let n = 1; n <= 150; n++) activity.add({ kind: "webhook", title: `webhook ${n}.` });
    await entry("webhook 150.").waitFor();
    expect(await page.locator("#activity li").count()).toBe(200);
    expect(await page.locator("#activity li").first().textContent()).toContain("webhook 150.");
    await page.getByLabel("Show").selectOption("webhooks");
    expect(await entry("event").filter({ visible: true }).count()).toBe(0);
    expect(await entry("webhook").filter({ visible: true }).count()).toBe(150);
  });

  it("stops polling while hidden, and then resumes", async () => {
    await look();
    const setHidden = (hidden: boolean) =>
      page.evaluate((value) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    await setHidden(true);
    const before = polls;
    await createConversation(emulator, { conversation_name: "Meanwhile" });
    await passes(2500);
    expect(polls).toBe(before);
    await setHidden(false);
    await row("Meanwhile").waitFor({ timeout: 900 });
  });

  it("reports that the emulator is gone, and that it was replaced", async () => {
    await look();
    const port = Number(new URL(emulator.url).port);
    await emulator.close();
    await page.getByText("the emulator does not answer").waitFor();
    emulator = await startEmulator({ port, logger: silentLogger });
    await page.getByText("the emulator was started anew: reload this page").waitFor();
    await page.reload();
    await connection().getByText("live", { exact: true }).waitFor();
    // The browser itself logs requests without an answer as errors.
    expect(complaints.splice(0).filter((line) => !line.startsWith("Failed to load resource"))).toEqual([]);
  });
});
