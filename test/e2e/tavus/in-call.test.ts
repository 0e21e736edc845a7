import { describe, expect, it } from "vitest";

import { createDailyCall } from "../../../src/transport/daily/index.ts";
import type { TavusInCallEvents } from "../../../src/transport/tavus/index.ts";
import { TavusApi } from "../../../src/api/index.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { joinUser, tavusStage, type TavusBot } from "../../support/tavus.ts";
import { until } from "../../support/until.ts";

const stage = tavusStage();

/** Collects the names of a bot's in-call events in order of arrival. */
function told(bot: TavusBot): string[] {
  const names: (keyof TavusInCallEvents)[] = [
    "palReady",
    "palStartedSpeaking",
    "palStoppedSpeaking",
    "shutdown",
    "unknownEvent",
  ];
  const events: string[] = [];
  for (const name of names) bot.transport.on(name, () => events.push(name));
  return events;
}

describe("a pal that sends every event in three forms", () => {
  it("is reported once", async () => {
    const emulator = await stage.open({ pal: { join: "never" } });
    const bot = stage.bot();
    const events = told(bot);
    await bot.connected();
    // The pal joins after the bot, as Tavus' pals do: a participant does not receive messages from before it joined.
    await stage.palOf(bot).join();
    await bot.ready();
    for (const turn of [1, 2]) {
      bot.say(440, 300);
      await until("it has spoken", () => events.filter((name) => name === "palStoppedSpeaking").length === turn);
    }
    await emulator.tavus.conversations.end(bot.id, "max_call_duration reached");
    await expect(bot.running).rejects.toMatchObject({ code: "roomExpired" });
    expect(events).toEqual([
      "palReady",
      "palStartedSpeaking",
      "palStoppedSpeaking",
      "palStartedSpeaking",
      "palStoppedSpeaking",
      "shutdown",
    ]);
  });
});

describe("a conversation created ahead of the bot", () => {
  it("can be entered by a user before the bot runs", async () => {
    const { tavus } = await stage.open();
    const bot = stage.bot({
      dependencies: {
        createCall: async ({ url }) => {
          // The user joins before the bot does.
          await joinUser(stage.calls, url);
          return await createDailyCall({ url, runtime: "native", logger: silentLogger });
        },
      },
    });
    const { conversationId, conversationUrl } = await bot.transport.createConversation();
    await bot.ready();
    expect([bot.id, bot.url]).toEqual([conversationId, conversationUrl]);
    await until("the user is seen", () => bot.events.includes("clientConnected User"));
    bot.task.end();
    await bot.running;
    expect([tavus.conversations.createdConversations, tavus.endCalls(conversationId)]).toEqual([1, 1]);
  });
});

describe("a conversation created by somebody else", () => {
  it("is joined by its id, private or not, and stays open when the bot leaves", async () => {
    const { tavus, apiKey, apiUrl } = await stage.open();
    const api = new TavusApi({ apiKey, apiUrl, logger: silentLogger });
    const theirs = await api.createConversation({ palId: "pipecat-stream", faceId: "r90bbd427f71", requireAuth: true });
    const bot = stage.bot({
      conversationId: theirs.conversationId,
      ...(theirs.meetingToken !== undefined && { meetingToken: theirs.meetingToken }),
    });
    await bot.ready();
    expect(bot.url).toBe(theirs.conversationUrl);
    bot.task.end();
    await bot.running;
    expect([tavus.openConversations, tavus.endCalls(theirs.conversationId)]).toEqual([1, 0]);
    await api.endConversation(theirs.conversationId);
  });
});
