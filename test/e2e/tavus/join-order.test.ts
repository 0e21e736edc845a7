import { describe, expect, it } from "vitest";

import { startEmulator } from "../../../src/emulator/index.ts";
import { TTSAudioRawFrame, TTSStoppedFrame } from "../../../src/frames/index.ts";
import { Calls, type RealRuntime } from "../../support/calls.ts";
import { createConversation } from "../../support/conversation.ts";
import { startTavusBot, type TavusBot } from "../../support/tavus-bot.ts";
import { tone } from "../../support/tone.ts";
import { passes, until } from "../../support/until.ts";

type Who = "bot" | "pal" | "user";
const RATE = 24_000;
const ORDERS: readonly (readonly Who[])[] = [
  ["bot", "pal", "user"],
  ["bot", "user", "pal"],
  ["pal", "bot", "user"],
  ["pal", "user", "bot"],
  ["user", "bot", "pal"],
  ["user", "pal", "bot"],
];
const CASES: readonly [RealRuntime, readonly Who[]][] = [
  ...ORDERS.map((order): [RealRuntime, readonly Who[]] => ["native", order]),
  ["chromium", ["user", "pal", "bot"]],
];

/** The conversation exists before the bot here, so that user and pal can be there first: the bot joins by its URL. */
describe.each(CASES)("in %s, joined in the order %s", (runtime, order) => {
  it("[75] the bot knows pal from user, even from one with the pal's name, and again after the pal rejoined", async () => {
    await using emulator = await startEmulator({ pal: { join: "never" } });
    await using calls = new Calls("native");
    const { conversation_id: id, conversation_url: url } = await createConversation(emulator, { pal_id: "pipecat-stream" });
    const pal = emulator.pal(id)!;
    const palName = "Tavus Echo Audio Stream";
    let bot!: TavusBot;
    let users: string[] = [];
    const enter: Record<Who, () => Promise<unknown>> = {
      bot: () => {
        bot = startTavusBot(emulator, runtime, { roomUrl: url, params: { palReadyTimeoutMs: 500 } });
        return bot.connected();
      },
      pal: () => pal.join(),
      user: async () => {
        const user = await calls.join(url, "User");
        const impostor = await calls.join(url, palName);
        users = [user.id, impostor.id];
        for (const { call } of [user, impostor]) {
          const microphone = await call.publishAudio("microphone", { sampleRate: RATE });
          microphone.write(tone(500, RATE, 9_000));
        }
      },
    };
    for (const who of order) await enter[who]();

    const palSession = pal.sessionId;
    await until("the pal is known", () => bot.pals.some(({ sessionId }) => sessionId === palSession), 10_000);
    await until("both users are known", () => bot.clients.length === 2, 10_000);
    await until("both users are heard", () => users.every((user) => (bot.middle.framesByUser.get(user) ?? 0) > 20), 10_000);

    pal.leave();
    await until("the pal is gone", () => bot.palsGone.length === 1);
    await pal.join();
    await until("the pal is back", () => bot.pals.length === 2);
    bot.task.queueFrames([
      new TTSAudioRawFrame({ audio: tone(440, RATE, 500), sampleRate: RATE }),
      new TTSStoppedFrame(),
    ]);
    await until("the bot has spoken", () => bot.middle.kinds.includes("BotStoppedSpeakingFrame"), 10_000);
    await passes(200);
    expect(bot.clients.map(({ sessionId }) => sessionId).sort()).toEqual([...users].sort());
    expect([...bot.middle.framesByUser.keys()].sort()).toEqual([...users].sort());
    expect(bot.errors).toEqual([]);
    bot.task.end();
    await bot.outcome;
  });
});

it("two sessions of one pal are both the pal, and neither is heard", async () => {
  await using emulator = await startEmulator({ pal: { join: "early", twice: true } });
  const bot = startTavusBot(emulator, "native");
  await bot.connected();
  await until("both are seen", () => emulator.room(bot.transport.conversationId!)!.participants().length === 3);
  await until("the pal is known", () => bot.pals.length > 0);
  await passes(500);
  expect(bot.clients).toEqual([]);
  expect([...bot.middle.framesByUser.keys()]).toEqual([]);
  bot.task.end();
  await bot.outcome;
});
