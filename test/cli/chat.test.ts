import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { EXIT } from "../../src/cli/exit-codes.ts";
import { type FakeAnswer, FakeRTVIBot } from "../testing/chat/fake-rtvi-bot.ts";
import { until } from "../support/until.ts";
import { ChatRig } from "./chat-rig.ts";
import { cli } from "./cli-harness.ts";

const ANSWERS: Readonly<Record<string, FakeAnswer>> = {
  "What do you have?": ["We have apples", "and pears."],
  "How much is a pear?": [{ call: "price", arguments: { fruit: "pear" } }, "That is 3."],
  "Count.": ["One two three four five six seven eight."],
  "Stop.": ["All right."],
};

function shop(): ChatRig {
  return new ChatRig(new FakeRTVIBot((text) => ANSWERS[text], { greeting: ["Welcome."] }));
}

describe("tavus-transport chat, with piped lines", () => {
  it("says a line when the bot has finished, prints the conversation, and ends with the input", async () => {
    const rig = shop();
    expect(await rig.run({ piped: ["What do you have?", "", "How much is a pear?"] })).toBe(EXIT.ok);
    expect(rig.out).toEqual([
      "bot   Welcome.",
      "user  What do you have?",
      "bot   We have apples and pears.",
      "user  How much is a pear?",
      'call  price {"fruit":"pear"}',
      "bot   That is 3.",
    ]);
    expect(rig.err[1]).toContain("http://127.0.0.1:1/c1");
    expect(rig.err).toContain("      first sound after 300 ms, first word after 500 ms");
    expect(rig.process.stops).toEqual([false]);
    expect(rig.bot.call.state).toBe("closed");
  });

  it("prints events as JSON, one per line", async () => {
    const rig = shop();
    expect(await rig.run({ piped: ["How much is a pear?"], json: true })).toBe(EXIT.ok);
    const events = rig.out.map((line) => JSON.parse(line) as { event: string });
    expect(events.filter(({ event }) => event !== "heard")).toEqual([
      { event: "started", file: "bot.ts", conversationId: "c1", url: "http://127.0.0.1:1/c1" },
      { event: "bot", text: "Welcome.", interrupted: false, firstWordMs: 500, firstSoundMs: 300 },
      { event: "user", text: "How much is a pear?" },
      { event: "call", id: "call-1", name: "price", arguments: { fruit: "pear" } },
      { event: "callEnded", id: "call-1", cancelled: false, result: 1 },
      { event: "bot", text: "That is 3.", interrupted: false, firstWordMs: 550, firstSoundMs: 350 },
      { event: "ended", reason: "You left the room." },
    ]);
    const heard = events.filter(({ event }) => event === "heard");
    expect(heard.at(-2)).toEqual({ event: "heard", text: "That is" });
  });

  it("shows words that were heard before an interruption with the interrupted answer", async () => {
    const rig = shop();
    await rig.run({ script: "user: Count.\nuser interrupts after 3 words: Stop.\nbot: All right." });
    expect(rig.out.slice(1, 4)).toEqual(["user  Count.", "bot   One two three (interrupted)", "user  Stop."]);
  });

  it("fails when a line has no answer in time", async () => {
    const rig = shop();
    expect(await rig.run({ piped: ["Hm.", "Stop."], answerTimeoutMs: 3000 })).toBe(EXIT.failed);
    expect(rig.out.at(-1)).toBe("bot   All right.");
    expect(rig.err).toContain("No answer within 3 s: Hm.");
  });

  it("prints nothing that controls the terminal", async () => {
    const hostile = "Red \u001b[31m\u009b2J\u202e \u{e0041}\u2028.";
    const bot = new FakeRTVIBot(() => [hostile, { call: "x\u001b[2J", arguments: { a: hostile } }]);
    bot.send("error", { error: hostile });
    for (const json of [false, true]) {
      const rig = new ChatRig(new FakeRTVIBot(bot.answer));
      rig.bot.clock.setTimeout(() => rig.bot.send("error", { error: hostile }), 800);
      rig.bot.clock.setTimeout(() => rig.bot.send("server-message", { hostile }), 900);
      await rig.run({ piped: [hostile], json });
      expect(rig.out.length).toBeGreaterThan(4);
      expect([...rig.out, ...rig.err].filter((line) => /[\p{Cc}\p{Cf}\u2028\u2029]/u.test(line))).toEqual([]);
    }
  });
});

describe("tavus-transport chat, in a terminal", () => {
  it("says lines at once, lets what is heard grow, and marks what was interrupted", async () => {
    const rig = shop();
    const running = rig.start();
    await until("the user is in the room", () => rig.bot.call.state === "joined");
    await rig.passes(1500);
    rig.terminal.typed.write("Count.");
    await rig.passes(800);
    expect(rig.terminal.growing).toBe("bot   One two");
    rig.terminal.typed.write("Stop.");
    await rig.passes(2000);
    expect(rig.terminal.shown).toEqual([
      "bot   Welcome.",
      "user  Count.",
      "bot   One two (interrupted)",
      "user  Stop.",
      "bot   All right.",
    ]);
    rig.terminal.typed.write("/quit");
    expect(await rig.finish(running)).toBe(EXIT.ok);
    expect(rig.bot.received.map(({ type }) => type)).toEqual(["client-ready", "send-text", "send-text"]);
  });

  it("ends the bot at once on Ctrl-C", async () => {
    const rig = shop();
    const running = rig.start();
    await until("the user is in the room", () => rig.bot.call.state === "joined");
    await rig.passes(1500);
    rig.stop.abort(new Error("interrupted"));
    await expect(rig.finish(running)).rejects.toThrow("interrupted");
    expect([rig.process.stops, rig.bot.call.state]).toEqual([[true], "closed"]);
  });

  it("is over when the bot ends the conversation", async () => {
    const rig = shop();
    const running = rig.start();
    await until("the user is in the room", () => rig.bot.call.state === "joined");
    rig.bot.leave();
    rig.process.end({ code: 0, signal: undefined });
    expect(await rig.finish(running)).toBe(EXIT.ok);
    expect(rig.terminal.notes.at(-1)).toBe("The bot left the room.");
  });

  it("reports a bot that crashed, with its last lines", async () => {
    const rig = shop();
    const running = rig.start();
    await until("the user is in the room", () => rig.bot.call.state === "joined");
    rig.bot.leave();
    rig.process.end({ code: 1, signal: undefined });
    await expect(rig.finish(running)).rejects.toThrow(
      /^bot\.ts: the bot ended: exit code 1\.\n.*\n {2}Error: no model/,
    );
  });

  it("does not wait for a bot that ends before it is ready", async () => {
    const rig = new ChatRig(new FakeRTVIBot(() => undefined, { silent: true }));
    const running = rig.start();
    await until("the user is in the room", () => rig.bot.call.state === "joined");
    rig.process.end({ code: undefined, signal: "SIGSEGV" });
    await expect(rig.finish(running)).rejects.toMatchObject({
      code: "botProcess",
      message: expect.stringContaining("SIGSEGV") as string,
    });
  });
});

describe("tavus-transport chat --script", () => {
  it("plays the script, prints the conversation and that it was as written", async () => {
    const rig = shop();
    expect(await rig.run({ script: "bot: Welcome.\nuser: Stop.\nbot: All right." })).toBe(EXIT.ok);
    expect(rig.out).toEqual([
      "bot   Welcome.",
      "user  Stop.",
      "bot   All right.",
      "ok    visit.chat: 3 lines as written",
    ]);
  });

  it("fails with the line that differs", async () => {
    const rig = shop();
    expect(await rig.run({ script: "bot: Welcome.\nuser: Stop.\nbot: Never." })).toBe(EXIT.failed);
    expect(rig.err.slice(-3)).toEqual([
      "visit.chat:3: the bot said something else.",
      "  expected  bot: Never.",
      "  found     All right.",
    ]);
  });

  it("prints one report as JSON", async () => {
    const passes = shop();
    await passes.run({ script: "user: Stop.\nbot: All right.", json: true });
    expect(JSON.parse(passes.out.join())).toMatchObject({
      ok: true,
      name: "visit.chat",
      steps: 2,
      transcript: { length: 3 },
    });
    const fails = shop();
    await fails.run({ script: "user: Stop.\nbot: Never.", json: true });
    expect(JSON.parse(fails.out.join())).toMatchObject({
      ok: false,
      name: "visit.chat",
      line: 2,
      problem: "the bot said something else.",
      expected: "bot: Never.",
      found: "All right.",
      transcript: { length: 3 },
    });
  });

  it("reports a bot that crashed during the script", async () => {
    const bot = new FakeRTVIBot(() => undefined);
    const rig = new ChatRig(bot);
    bot.answer = () => {
      rig.process.end({ code: 1, signal: undefined });
      bot.leave();
      return undefined;
    };
    await expect(rig.run({ script: "user: Hi.\nbot: Hi." })).rejects.toThrow("Error: no model");
    expect(rig.err).toContain("visit.chat:2: the bot did not answer.");
  });
});

describe("the command line of chat", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tavus-chat-"));
    await writeFile(join(folder, "broken.chat"), "bot: Hi.\nassistant: Hi.");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    [["chat"], "chat takes <file>"],
    [["chat", "bot.ts", "--timeout", "0"], "--timeout must be a whole number from 1 to 3600"],
    [["chat", "bot.ts", "--script", "/nowhere/a.chat"], "--script: /nowhere/a.chat cannot be read"],
    [["chat", "bot.ts", "--script", "broken.chat"], 'broken.chat:2: "assistant: Hi." is none of'],
    [["chat", "bot.ts", "--env-file", "/nowhere/.env"], "--env-file: /nowhere/.env cannot be read"],
  ])("names the problem with %j, before anything starts", async (argv, message) => {
    const { code, stderr } = await cli(argv.map((word) => (word === "broken.chat" ? join(folder, word) : word)));
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain(message);
  });
});
