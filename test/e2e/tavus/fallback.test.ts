import { describe, expect, it } from "vitest";

import { DailyApi } from "../../../src/api/daily/daily-api.ts";
import { MICROPHONE } from "../../../src/transport/daily/index.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { joinUser, type RoomUser, tavusStage } from "../../support/tavus.ts";
import { until } from "../../support/until.ts";

const stage = tavusStage();

function roomApi(): DailyApi {
  const { dailyApiKey: apiKey, dailyApiUrl: apiUrl } = stage.emulator;
  return new DailyApi({ apiKey, apiUrl, logger: silentLogger });
}

/** What the transport has told a user about rooms. */
function announcements({ messages }: RoomUser): unknown[] {
  return messages.map(({ data }) => data).filter((data) => (data as { label?: string }).label === "tavus-transport");
}

/** Resolves when the user hears the bot's own microphone. */
async function hearsBot(user: RoomUser, hz: number): Promise<void> {
  const { sessionId } = await user.sees("Bot");
  const ear = await user.listen(sessionId, MICROPHONE);
  await until("the user hears the bot", () => ear.hears(hz));
  ear.stop();
}

async function openRooms(): Promise<number> {
  let rooms = 0;
  for await (const _room of roomApi().listRooms()) rooms++;
  return rooms;
}

describe("a Tavus bot with a fallback room", () => {
  it("holds the call there when the account has no credits, and hears and is heard", async () => {
    await stage.open({ creditsS: 0 });
    const startedMs = performance.now();
    const bot = await stage.bot({ runtime: "native", fallback: roomApi() }).connected();
    const { conversationUrl, meetingToken, isFallback } = await bot.transport.createConversation();
    expect(isFallback).toBe(true);
    const user = await joinUser(stage.calls, conversationUrl, "User", meetingToken);
    await user.speak(300, 300);
    await until("the bot hears the user", () => bot.heardUserIds().includes(user.id));
    bot.say(440, 1500);
    await hearsBot(user, 440);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(bot.transport.avatar).toMatchObject({ is: "failed", reason: "outOfCredits" });
    bot.interrupt();
    bot.task.end();
    await bot.running;
    expect([await openRooms(), stage.emulator.tavus.conversations.createdConversations]).toEqual([0, 0]);
  });

  it("goes on there when credits run out during the call, with users who were told before", async () => {
    await stage.open();
    const bot = await stage.bot({ runtime: "native", fallback: roomApi() }).ready();
    const user = await stage.user(bot);
    const told = await until("the user is told", () => announcements(user)[0] as { data: Place } | undefined);
    bot.say(520, 6000);
    const moved = new Promise<{ conversationUrl: string }>((resolve) => void bot.transport.on("roomChanged", resolve));
    stage.emulator.tavus.conversations.runOutOfCredits();
    const { conversationUrl } = await moved;
    expect(conversationUrl).toBe(told.data.url);
    const follower = await joinUser(stage.calls, told.data.url, "User", told.data.token);
    await hearsBot(follower, 520);
    await follower.speak(300, 300);
    await until("the bot hears the user again", () => bot.heardUserIds().includes(follower.id));
    expect(bot.errors).toEqual([]);
    bot.interrupt();
    bot.task.end();
    await expect(bot.running).resolves.toMatchObject({ outcome: "ended" });
    expect([await openRooms(), stage.emulator.tavus.openConversations]).toEqual([0, 0]);
  });
});

interface Place {
  readonly url: string;
  readonly token: string;
}
