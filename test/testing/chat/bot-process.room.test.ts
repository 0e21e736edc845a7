import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { type BotEmulator, BotProcess, type BotProcessOptions } from "../../../src/testing/index.ts";
import { systemClock } from "../../../src/util/clock.ts";
import { until } from "../../support/until.ts";

type Conversation = ReturnType<BotEmulator["tavus"]["conversations"]["list"]>[number];
type Request = BotEmulator["tavus"]["requestLog"]["requests"][number];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tavus-bots-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const started: BotProcess[] = [];
afterEach(async () => {
  for (const bot of started.splice(0)) await bot.stop({ now: true });
});

/** An emulator with what the test puts into it. */
class FakeEmulator implements BotEmulator {
  readonly apiUrl = "http://127.0.0.1:1/v2";
  readonly apiKey = "emulated";
  readonly dailyApiUrl = "http://127.0.0.1:1/v1";
  readonly dailyApiKey = "emulated-daily";
  readonly conversations: Conversation[] = [];
  readonly requests: Request[] = [];
  readonly inRoom: string[] = [];
  readonly tavus = {
    conversations: { list: () => [...this.conversations] },
    requestLog: { requests: this.requests },
  };

  create(id: string, more: Partial<Conversation> = {}): void {
    this.conversations.unshift({
      id,
      url: `http://127.0.0.1:1/${id}`,
      meetingToken: undefined,
      testMode: false,
      ...more,
    });
  }

  room(): { participants(): { sessionId: string }[] } {
    return { participants: () => this.inRoom.map((sessionId) => ({ sessionId })) };
  }

  pal(): { sessionId: string } {
    return { sessionId: "pal" };
  }
}

/** A clock that is a hundred times as fast. */
const fastClock = {
  ...systemClock,
  nowMs: () => systemClock.nowMs() * 100,
  setTimeout: (callback: () => void, delayMs: number) => systemClock.setTimeout(callback, delayMs / 100),
};

async function start(source: string, options: Partial<BotProcessOptions> = {}) {
  const emulator = new FakeEmulator();
  const file = join(folder, `bot-${started.length}.mjs`);
  await writeFile(file, source);
  const lines: string[] = [];
  const bot = BotProcess.start(file, { emulator, onLine: (line) => lines.push(line), ...options });
  started.push(bot);
  return { bot, emulator, lines };
}

const WAITS = 'console.log("waits"); setInterval(() => {}, 1000);';

describe("the process of a bot", () => {
  it("is led to the emulator, and has no real key of Tavus or Daily", async () => {
    const env = {
      ...process.env,
      TAVUS_API_KEY: "real",
      DAILY_API_KEY: "real",
      TAVUS_PAL_ID: "real",
      OPENAI_API_KEY: "mine",
    };
    const { bot, lines } = await start("console.log(JSON.stringify(process.env))", { env });
    expect(await bot.exited).toEqual({ code: 0, signal: undefined });
    const seen = JSON.parse(lines[0] ?? "") as Record<string, string>;
    expect(seen).toMatchObject({
      TAVUS_API_URL: "http://127.0.0.1:1/v2",
      TAVUS_API_KEY: "emulated",
      TAVUS_FACE_ID: "r90bbd427f71",
      TAVUS_PAL_ID: "",
      DAILY_API_KEY: "emulated-daily",
      OPENAI_API_KEY: "mine",
    });
    expect(Object.values(seen)).not.toContain("real");
  });

  it("has its conversation as soon as it is in the room of one that is new", async () => {
    const { bot, emulator } = await start(WAITS);
    emulator.create("c1", { meetingToken: "t" });
    emulator.inRoom.push("pal");
    const conversation = bot.conversation();
    await until("it waits", () => bot.lastLines.includes("waits"));
    emulator.inRoom.push("bot");
    expect(await conversation).toEqual({ id: "c1", url: "http://127.0.0.1:1/c1", token: "t" });
  });

  it.each([
    ["sends no request", () => {}, /created no conversation within 3 s\. It sent no request: it must take key/],
    [
      "is refused",
      ({ requests }: FakeEmulator) => requests.push({ method: "POST", path: "/conversations", status: 400 }),
      /The emulator refused POST \/conversations with 400\./,
    ],
    [
      "tries only",
      (emulator: FakeEmulator) => emulator.create("c1", { testMode: true }),
      /in test mode, which has no room/,
    ],
    ["does not join", (emulator: FakeEmulator) => emulator.create("c1"), /did not join its room within 3 s/],
  ])("that %s has no conversation: the error says so, with its last lines", async (_what, arrange, message) => {
    const { bot, emulator } = await start(WAITS, { clock: fastClock });
    await until("it waits", () => bot.lastLines.includes("waits"));
    arrange(emulator);
    const failed = bot.conversation({ timeoutMs: 3000 });
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.toThrow(/Its last lines:\n {2}waits$/);
  });

  it("reports an end before the conversation with its code, and only its last 20 lines", async () => {
    const { bot } = await start(
      'for (let line = 1; line <= 30; line++) console.log("line " + line); process.stdout.write("no end"); process.exitCode = 3;',
    );
    const failed = bot.conversation();
    await expect(failed).rejects.toMatchObject({ code: "botProcess", exitCode: 3 });
    await expect(failed).rejects.toThrow(
      /ended before its conversation began: exit code 3\.\n.*\n {2}line 12\n(?:.*\n)*.* {2}no end$/,
    );
  });

  it("is stopped by SIGTERM when it does not end by itself, and by SIGKILL when it ignores that", async () => {
    const polite = await start(`process.on("SIGTERM", () => process.exit(7)); ${WAITS}`);
    const stubborn = await start(`process.on("SIGTERM", () => {}); ${WAITS}`, { clock: fastClock });
    for (const { bot } of [polite, stubborn]) await until("it waits", () => bot.lastLines.includes("waits"));
    expect(await stubborn.bot.stop()).toEqual({ code: undefined, signal: "SIGKILL" });
    expect(await polite.bot.stop({ now: true })).toEqual({ code: 7, signal: undefined });
  });

  it("must exist", () => {
    const emulator = new FakeEmulator();
    expect(() => BotProcess.start("/nowhere/bot.ts", { emulator })).toThrow("/nowhere/bot.ts does not exist");
  });
});
