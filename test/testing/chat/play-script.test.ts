import { describe, expect, it } from "vitest";

import {
  playScript,
  type PlayScriptOptions,
  ScriptMismatchError,
  type ScriptReport,
} from "../../../src/testing/index.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { type FakeAnswer, FakeRTVIBot } from "./fake-rtvi-bot.ts";

const ANSWERS: Readonly<Record<string, FakeAnswer>> = {
  "What do you have?": ["We have apples and pears."],
  "How much is a pear?": ["One moment.", { call: "price", arguments: { fruit: "pear", count: 1 } }, "That is 3."],
  "Count.": ["One two three four five six seven eight."],
  "Stop.": ["All right."],
  "Never mind.": [],
};

function shop(): FakeRTVIBot {
  return new FakeRTVIBot((text) => ANSWERS[text], { greeting: ["Welcome to the shop."] });
}

async function play(script: string, bot = shop(), options: PlayScriptOptions = {}): Promise<ScriptReport> {
  const { clock, call } = bot;
  const room = { url: "http://127.0.0.1/r" };
  const playing = playScript(script, room, { clock, logger: silentLogger, createCall: call.factory, ...options });
  try {
    return await clock.advanceUntil(playing);
  } finally {
    bot.halt();
    await clock.advance(100);
    expect([call.state, clock.pendingTimers]).toEqual(["closed", 0]);
  }
}

async function mismatchOf(script: string, bot = shop()): Promise<ScriptMismatchError> {
  try {
    await play(script, bot);
  } catch (thrown) {
    if (thrown instanceof ScriptMismatchError) return thrown;
    throw thrown;
  }
  throw new Error("The script was played as written.");
}

describe("a script that is played", () => {
  it("passes when the bot says and calls what is written, and reports what was said", async () => {
    const report = await play(`
bot: Welcome to the shop.
user: What do you have?
bot within 1 s: We have … and pears.
user: How much is a pear?
bot: One moment.
bot calls: price {"fruit": "pear"}
bot: /\\d/
`);
    expect(report).toMatchObject({ name: "script", steps: 7 });
    expect(report.transcript.map(({ who, text }) => `${who}: ${text}`)).toEqual([
      "bot: Welcome to the shop.",
      "user: What do you have?",
      "bot: We have apples and pears.",
      "user: How much is a pear?",
      'call: price {"fruit":"pear","count":1}',
      "bot: One moment. That is 3.",
    ]);
    expect(report.transcript[2]).toMatchObject({ firstSoundMs: 300, firstWordMs: 500 });
  });

  it("waits with the user's line until the bot has finished, whether or not the script has what it says", async () => {
    const report = await play("user: What do you have?\nuser: Stop.\nbot: All right.");
    expect(report.transcript.some(({ interrupted }) => interrupted)).toBe(false);
    expect(report.transcript).toHaveLength(5);
  });

  it("interrupts after so many heard words", async () => {
    const { transcript } = await play(
      "user: Count.\nbot: One two three …\nuser interrupts after 3 words: Stop.\nbot: All right.",
    );
    expect(transcript.slice(1)).toMatchObject([
      { text: "Count." },
      { text: "One two three", interrupted: true },
      { text: "Stop." },
      { text: "All right." },
    ]);
  });

  it("interrupts so long after the first sound", async () => {
    const { transcript } = await play("user: Count.\nuser interrupts after 0.9 s: Stop.\nbot: All right.");
    expect(transcript[2]).toMatchObject({ text: "One two three four", interrupted: true });
  });

  it.each([
    [
      "the words differ",
      "bot: Welcome to the shop.\nuser: What do you have?\nbot: We have plums.",
      {
        line: 3,
        problem: "the bot said something else.",
        expected: "bot: We have plums.",
        found: "We have apples and pears.",
      },
    ],
    [
      "the second of two lines differs",
      "user: How much is a pear?\nbot: One moment.\nbot: That is 4.",
      { line: 3, found: "One moment. That is 3." },
    ],
    [
      "the bot says more",
      "user: How much is a pear?\nbot: One moment.",
      { line: 2, problem: "the bot said more than this." },
    ],
    [
      "the bot does not answer",
      "user: Never mind.\nbot: …",
      { line: 2, problem: "the bot did not answer.", found: "the bot said nothing" },
    ],
    [
      "the first word is late",
      "user: Count.\nbot within 0.4 s: …",
      { line: 2, problem: "the first word took 0.50 s, not at most 0.4 s." },
    ],
    [
      "a function is not called",
      "user: What do you have?\nbot: …\nbot calls: price",
      { line: 3, problem: "the bot did not make this call.", expected: "bot calls: price", found: "no calls" },
    ],
    [
      "a function is called with other arguments",
      'user: How much is a pear?\nbot calls: price {"fruit": "plum"}',
      { line: 2, expected: 'bot calls: price {"fruit":"plum"}', found: 'price {"fruit":"pear","count":1}' },
    ],
    [
      "there is nothing to interrupt",
      "user: Stop.\nuser interrupts after 3 words: Count.",
      { line: 2, problem: "the bot had nothing more to say when the user was to interrupt it.", found: "All right." },
    ],
    [
      "an interrupted answer differs",
      "user: Count.\nbot: Four …\nuser interrupts after 3 words: Stop.\nbot: …",
      { line: 2, found: "One two three" },
    ],
  ])("fails where %s", async (_what, script, mismatch) => {
    const error = await mismatchOf(script);
    expect(error.mismatch).toMatchObject(mismatch);
    expect(error.message).toContain(`script:${mismatch.line}: ${error.mismatch.problem}`);
    expect(error.message).toContain("The conversation so far:\n  bot   Welcome to the shop.");
  });

  it("says how to make calls visible that the bot reports without their names", async () => {
    const bot = new FakeRTVIBot(() => undefined);
    bot.answer = () => {
      bot.send("llm-function-call-in-progress", { tool_call_id: "1" });
      bot.send("llm-function-call-stopped", { tool_call_id: "1", cancelled: false });
      return ["Done."];
    };
    const { mismatch } = await mismatchOf("user: Do it.\nbot calls: work", bot);
    expect(mismatch.problem).toContain('functionCalls: { "*": "full" }');
  });

  it("fails at once when the bot leaves", async () => {
    const bot = new FakeRTVIBot(() => undefined);
    bot.answer = () => {
      bot.leave();
      return undefined;
    };
    const { mismatch } = await mismatchOf("user: Bye.\nbot: Bye.", bot);
    expect(mismatch).toMatchObject({ line: 2, found: "The bot left the room." });
    expect(bot.clock.nowMs()).toBeLessThan(1000);
  });

  it("passes when the bot leaves after its last word", async () => {
    const bot = new FakeRTVIBot(() => ["Goodbye."]);
    bot.call.on("appMessage", (message) => {
      const { data } = message as { data?: { spoken_status?: string } };
      if (data?.spoken_status === "completed") bot.leave();
    });
    expect((await play("user: Bye.\nbot: Goodbye.", bot)).transcript).toHaveLength(2);
  });

  it("gives up after the answer timeout, and not while the bot works", async () => {
    const bot = new FakeRTVIBot(() => [{ call: "search", tookMs: 20_000 }, "Found."]);
    await play("user: Search.\nbot: Found.", bot, { answerTimeoutMs: 5000 });
    const hangs = new FakeRTVIBot(() => [{ call: "search", tookMs: 1e7 }]);
    await expect(play("user: Search.\nbot: Found.", hangs, { answerTimeoutMs: 5000 })).rejects.toThrow(
      "did not answer",
    );
    expect(hangs.clock.nowMs()).toBeGreaterThan(50_000);
  });

  it("stops when it is aborted", async () => {
    const stop = new AbortController();
    const bot = shop();
    bot.clock.setTimeout(() => stop.abort(new Error("enough")), 2000);
    await expect(play("user: Never mind.\nbot: …", bot, { signal: stop.signal })).rejects.toThrow("enough");
  });
});
