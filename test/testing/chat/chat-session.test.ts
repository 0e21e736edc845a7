import { describe, expect, it } from "vitest";

import { ChatSession } from "../../../src/testing/index.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { FakeRTVIBot, THINK_MS, WORD_MS } from "./fake-rtvi-bot.ts";

async function chatWith(bot: FakeRTVIBot): Promise<ChatSession> {
  const { clock, call } = bot;
  const joining = ChatSession.join(
    { url: "http://127.0.0.1/r" },
    { clock, logger: silentLogger, createCall: call.factory },
  );
  return await clock.advanceUntil(joining);
}

const echo = (text: string): readonly string[] => [`You said ${text}`];

describe("ChatSession", () => {
  it("greets every participant once, whenever they join, and is ready when the bot answers", async () => {
    const bot = new FakeRTVIBot(echo);
    const chat = await chatWith(bot);
    bot.call.addParticipant({ userName: "Eve", sessionId: "eve" });
    bot.call.updateParticipant("eve", { userName: "Mallory" });
    await bot.clock.advance(10_000);
    expect(bot.call.sent.map(({ to }) => to)).toEqual(["bot", "eve"]);
    expect(bot.received[0]).toMatchObject({ label: "rtvi-ai", type: "client-ready", data: { version: "2.0.0" } });
    await bot.clock.advanceUntil(chat.close());
    expect(bot.clock.pendingTimers).toBe(0);
  });

  it("greets again while no bot answers, and gives up with advice", async () => {
    const bot = new FakeRTVIBot(echo, { silent: true });
    await expect(chatWith(bot)).rejects.toThrow(/No bot in the room answered within 30000 ms.*rtvi: false/);
    expect(bot.received).toHaveLength(16);
    expect([bot.call.state, bot.clock.pendingTimers]).toEqual(["closed", 0]);
  });

  it("hears the words of an answer as they are spoken, and is quiet half a second after them", async () => {
    const bot = new FakeRTVIBot(() => ["One two.", "Three."]);
    const chat = await chatWith(bot);
    const heard: string[] = [];
    chat.on("heard", ({ heardText }) => heard.push(heardText));
    await bot.clock.advance(1000);
    await chat.say("Count.");
    await bot.clock.advance(THINK_MS + 3 * WORD_MS + 499);
    expect([heard, chat.isQuiet]).toEqual([["One", "One two.", "One two. Three."], false]);
    await bot.clock.advance(2);
    expect(chat.isQuiet).toBe(true);
    expect(chat.turn).toMatchObject({ userText: "Count.", heardText: "One two. Three.", interrupted: false });
  });

  it("measures from the line to the first sound and to the first word", async () => {
    const bot = new FakeRTVIBot(echo);
    const chat = await chatWith(bot);
    await bot.clock.advance(1000);
    await chat.say("Hi.");
    await bot.clock.advance(5000);
    expect(chat.turn).toMatchObject({ firstSoundMs: THINK_MS, firstWordMs: THINK_MS + WORD_MS });
  });

  it("counts words that were heard before an interruption to the interrupted turn, and later ones to the next", async () => {
    const bot = new FakeRTVIBot((text) => [text === "Count." ? "One two three four." : "Stopped."]);
    const chat = await chatWith(bot);
    await bot.clock.advance(1000);
    await chat.say("Count.");
    await bot.clock.advance(THINK_MS + 2 * WORD_MS);
    await chat.say("Stop.");
    // Released by the output at the interruption.
    bot.send("bot-output", {
      text: "One two three four.",
      segment_id: 1,
      will_be_spoken: true,
      spoken_status: "in-progress",
      spoken_progress: { accumulated_text: "One two three", remaining_text: "four." },
    });
    await bot.clock.advance(5000);
    expect(chat.turns.slice(1)).toMatchObject([
      { userText: "Count.", heardText: "One two three", interrupted: true },
      { userText: "Stop.", heardText: "Stopped.", interrupted: false },
    ]);
  });

  it("is not quiet while a function runs", async () => {
    const bot = new FakeRTVIBot(() => [{ call: "price", arguments: { fruit: "pear" }, tookMs: 20_000 }, "Three."]);
    const chat = await chatWith(bot);
    await chat.say("How much?");
    await bot.clock.advance(20_000);
    expect(chat.isQuiet).toBe(false);
    await bot.clock.advance(2000);
    expect(chat.turn).toMatchObject({
      heardText: "Three.",
      calls: [{ id: "call-1", name: "price", arguments: { fruit: "pear" } }],
    });
    expect(chat.isQuiet).toBe(true);
  });

  it("is quiet when the rest of a sentence does not follow", async () => {
    const bot = new FakeRTVIBot(() => undefined);
    const chat = await chatWith(bot);
    bot.send("bot-output", { text: "Lost.", segment_id: 1, will_be_spoken: true, spoken_status: "new" });
    await bot.clock.advance(4000);
    expect(chat.isQuiet).toBe(false);
    await bot.clock.advance(1001);
    expect(chat.isQuiet).toBe(true);
  });

  it("listens to nobody but the bot, and ignores what is malformed", async () => {
    const bot = new FakeRTVIBot(() => undefined);
    bot.call.addParticipant({ userName: "Eve", sessionId: "eve" });
    const chat = await chatWith(bot);
    const told: unknown[] = [];
    chat.on("heard", (turn) => told.push(turn)).on("botError", (message) => told.push(message));
    const output = { text: "Lies.", segment_id: 1, will_be_spoken: false, spoken_status: "new" };
    bot.send("bot-output", output, "eve");
    bot.send("bot-ready", { version: "9.0.0" }, "eve");
    bot.send("error", { error: "Lies." }, "eve");
    bot.send("bot-output", { ...output, text: 7 });
    bot.send("bot-output", { ...output, segment_id: {} });
    bot.send("llm-function-call-in-progress", { function_name: "price" });
    bot.send("__proto__", {});
    for (const hostile of [null, 7, "rtvi-ai", [], { label: "rtvi-ai" }]) bot.call.receive(hostile, "bot");
    expect(told).toEqual([]);
    bot.send("bot-output", output);
    expect(chat.turn.heardText).toBe("Lies.");
  });

  it.each([
    ["the bot leaves", (bot: FakeRTVIBot) => bot.leave(), "The bot left the room."],
    [
      "the room ends",
      (bot: FakeRTVIBot) => bot.call.endFromOutside("roomEnded", "Meeting has ended."),
      "Meeting has ended.",
    ],
    ["the runtime dies", (bot: FakeRTVIBot) => bot.call.die(), "The call failed"],
  ])("is over when %s: waits resolve, and nothing can be said", async (_what, end, reason) => {
    const bot = new FakeRTVIBot(echo);
    const chat = await chatWith(bot);
    const waiting = chat.waitFor(() => false, 1e6);
    end(bot);
    expect(await waiting).toBe(false);
    expect(await chat.ended).toContain(reason);
    await expect(chat.say("Hi.")).rejects.toThrow(reason);
    await bot.clock.advanceUntil(chat.close());
    expect(bot.clock.pendingTimers).toBe(0);
  });

  it("leaves the room when its join is aborted", async () => {
    const bot = new FakeRTVIBot(echo, { silent: true });
    const stop = new AbortController();
    const { clock, call } = bot;
    const options = { clock, logger: silentLogger, createCall: call.factory, signal: stop.signal };
    const joining = ChatSession.join({ url: "http://127.0.0.1/r" }, options);
    joining.catch(() => undefined);
    await clock.advance(100);
    stop.abort(new Error("enough"));
    await expect(clock.advanceUntil(joining)).rejects.toThrow("enough");
    expect(call.state).toBe("closed");
  });
});
