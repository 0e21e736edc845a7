import { describe, expect, it } from "vitest";

import { OutputTransportMessageUrgentFrame, OutputTransportReadyFrame } from "../../../src/frames/index.ts";
import { LevelVADProcessor, ParrotProcessor, UserTurnProcessor } from "../../../src/processors/index.ts";
import { createDailyCall, type DailyCall } from "../../../src/transport/daily/index.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { REAL_RUNTIMES } from "../../support/calls.ts";
import { PAL_USER_ID, PlayedByPal, tavusStage, warmBrowser } from "../../support/tavus.ts";
import { amplitudeOf, measurePeak } from "../../support/tone.ts";
import { until } from "../../support/until.ts";

/** One tone for the first utterance, another for the next. Both have whole periods in 10 ms and in 100 ms. */
const OLD_HZ = 400;
const NEW_HZ = 1000;

const stage = tavusStage();

function isHello(data: unknown): boolean {
  return JSON.stringify(data) === '{"hello":"user"}';
}

function parrot() {
  return [new LevelVADProcessor({ stopMs: 250 }), new UserTurnProcessor(), new ParrotProcessor()];
}

describe.each(REAL_RUNTIMES)("a conversation on the %s runtime", (runtime) => {
  warmBrowser(runtime);

  describe.each(["track", "messages"] as const)("by %s", (audioDelivery) => {
    const options = { runtime, params: { audioDelivery } } as const;

    it("repeats through the pal what the user says", async () => {
      await stage.open();
      const bot = await stage.bot({ ...options, processors: parrot() }).ready();
      const user = await stage.user(bot);
      const ear = await user.earOnPal();
      await until("the user is seen", () => bot.events.includes("clientConnected User"));
      await user.speak(440, 800);
      await until("the user hears the pal say it", () => ear.hears(440));
      await until("the pal has said it", () => bot.said.kinds().includes("BotStoppedSpeakingFrame"));
      // The end is real, not just the bot's assumption: the user hears nothing more.
      await until("the user hears silence", () => ear.peak < 300, 1000);
      const { tavus } = stage.emulator;
      expect([tavus.conversations.createdConversations, tavus.endCalls(bot.id)]).toEqual([1, 0]);
    });

    it("falls silent when the user barges in, and says nothing of the old utterance afterwards", async () => {
      await stage.open();
      const bot = await stage
        .bot({ ...options, processors: [new LevelVADProcessor({ stopMs: 250 }), new UserTurnProcessor()] })
        .ready();
      const played = new PlayedByPal(stage.palOf(bot));
      const user = await stage.user(bot);
      const ear = await user.earOnPal();
      await until("the user is seen", () => bot.events.includes("clientConnected User"));
      bot.say(OLD_HZ, 8000);
      await until("the user hears the pal", () => ear.hears(OLD_HZ));
      const speaking = user.speak(700, 400);
      await until("the pal is interrupted", () => played.interruptedAt.length > 0);
      const at = played.interruptedAt[0] ?? 0;
      await until("the user hears silence", () => ear.peak < 300, 1000);
      await speaking;
      await until("the bot knows", () => bot.said.kinds().includes("BotStoppedSpeakingFrame"));
      await until("the user's turn is over", () => bot.said.kinds().includes("UserStoppedSpeakingFrame"));
      // The next answer has another tone. By then the old one has had every chance to return.
      bot.say(NEW_HZ, 500);
      await until("the user hears the new answer", () => ear.hears(NEW_HZ));
      await until("the pal has said it", () => played.loudMs(at) >= 450 && !played.speaks);
      const after = played.frames.slice(at);
      const old = after.filter(({ pcm, sampleRate }) => amplitudeOf(OLD_HZ, pcm, sampleRate) > 1000);
      expect(old).toEqual([]);
      expect(played.loudMs(at)).toBeLessThan(560);
      expect(played.interruptedAt).toHaveLength(1);
    });

    it("lets the last word be heard before an end, and only then ends the conversation", async () => {
      await stage.open();
      const bot = await stage.bot({ ...options, params: { ...options.params, audioOutEndSilenceMs: 300 } }).ready();
      const played = new PlayedByPal(stage.palOf(bot));
      let loudMsAtEnd: number | undefined;
      // 100 ms of another tone are the tail.
      bot.say(OLD_HZ, 900);
      bot.say(NEW_HZ, 100);
      stage.emulator.room(bot.id)?.events.on("ended", () => (loudMsAtEnd = played.loudMs()));
      bot.task.end("said it all");
      await expect(bot.running).resolves.toMatchObject({ outcome: "ended", reason: "said it all" });
      // A receiver stretches and squeezes speech a little when its machine is busy; the tail is what counts.
      expect(loudMsAtEnd).toBeGreaterThanOrEqual(900);
      expect(loudMsAtEnd).toBeLessThanOrEqual(1100);
      const tail = played.frames.filter(({ pcm, sampleRate }) => amplitudeOf(NEW_HZ, pcm, sampleRate) > 4000);
      expect(tail.length).toBeGreaterThanOrEqual(8);
      const { tavus } = stage.emulator;
      expect([tavus.endCalls(bot.id), tavus.openConversations]).toEqual([1, 0]);
      expect(bot.logger.warnings()).toEqual([]);
    });
  });

  it("keeps words from before the pal joins until it is there", async () => {
    await stage.open({ pal: { join: "late", joinDelayMs: 600 } });
    const bot = await stage.bot({ runtime }).connected();
    const played = new PlayedByPal(stage.palOf(bot));
    bot.say(440, 300);
    expect(bot.upstream.of(OutputTransportReadyFrame)).toEqual([]);
    await until("the pal says them", () => played.loudMs() >= 280);
    expect(bot.events).toEqual(["palJoined Tavus Echo Audio Stream"]);
    expect(bot.upstream.of(OutputTransportReadyFrame)).toHaveLength(1);
  });

  it("hears each user under their own id, and nobody else", async () => {
    await stage.open();
    const bot = await stage.bot({ runtime }).ready();
    const [anna, bob] = [await stage.user(bot, "Anna"), await stage.user(bot, "Bob")];
    await until("both are seen", () => bot.events.filter((event) => event.startsWith("clientConnected")).length === 2);
    const isHeard = (userId: string): boolean => bot.hearsOf(userId).some(({ audio }) => measurePeak(audio) > 4000);
    void anna.speak(440, 1000);
    await until("Anna is heard", () => isHeard(anna.id));
    expect(isHeard(bob.id)).toBe(false);
    void bob.speak(440, 1000);
    await until("Bob is heard", () => isHeard(bob.id));
    const ids = new Set(bot.heard.seen.flatMap(({ frame }) => ("userId" in frame ? [frame.userId] : [])));
    expect(ids).toEqual(new Set([anna.id, bob.id]));
    const [frame] = bot.hearsOf(anna.id);
    expect(frame).toMatchObject({ sampleRate: 16_000, numChannels: 1, transportSource: "microphone" });
  });

  it("publishes the track stream and no microphone; without a fallback it neither receives nor captures the pal's", async () => {
    await stage.open();
    const calls: DailyCall[] = [];
    const captured: string[] = [];
    const bot = await stage
      .bot({
        runtime,
        fallback: "none",
        dependencies: {
          createCall: async ({ url }) => {
            const call = await createDailyCall({ url, runtime, logger: silentLogger });
            const capture = call.captureAudio.bind(call);
            call.captureAudio = (sessionId, ...rest) => {
              captured.push(sessionId);
              return capture(sessionId, ...rest);
            };
            calls.push(call);
            return call;
          },
        },
      })
      .ready();
    const user = await stage.user(bot);
    await until("the user is heard", () => bot.hearsOf(user.id).length > 5);
    bot.say(440, 400);
    await until("the bot has spoken", () => bot.said.kinds().includes("BotStoppedSpeakingFrame"));
    const publications = stage.emulator
      .room(bot.id)
      ?.participants()
      .find(({ userName }) => userName === "Bot")?.publications;
    expect(publications?.stream).toEqual({ kind: "audio", on: true });
    expect(Object.entries(publications ?? {}).filter(([tag, { on }]) => tag !== "stream" && on)).toEqual([]);
    const seen = [...(calls[0]?.participants().values() ?? [])];
    const pal = seen.find(({ userId }) => userId === PAL_USER_ID);
    expect(pal?.microphone).toMatchObject({ state: "sendable", subscribed: false });
    expect(pal?.camera.subscribed).toBe(false);
    expect(captured).toEqual([user.id]);
    expect(bot.hearsOf(PAL_USER_ID)).toEqual([]);
  });

  it("sends and receives app messages, and reports one that is too long without ending", async () => {
    await stage.open();
    const bot = await stage.bot({ runtime }).ready();
    const user = await stage.user(bot);
    const received: unknown[] = [];
    bot.transport.on("appMessage", (message, from) => {
      if (from === user.id) received.push(message);
    });
    await until("the user is seen", () => bot.events.includes("clientConnected User"));
    await user.call.sendAppMessage({ hello: "bot" });
    await until("the message is there", () => received.length === 1);
    expect(received).toEqual([{ hello: "bot" }]);
    expect(bot.heard.kinds()).toContain("InputTransportMessageFrame");

    const failures: string[] = [];
    bot.task.on("error", ({ error }) => failures.push((error as { code?: string }).code ?? error.message));
    bot.task.queueFrame(new OutputTransportMessageUrgentFrame({ text: "x".repeat(5000) }));
    await until("the failure is told", () => failures.length > 0);
    expect(failures).toEqual(["messageTooLarge"]);
    bot.task.queueFrame(new OutputTransportMessageUrgentFrame({ hello: "user" }, user.id));
    await until("the next one arrives", () => user.messages.some(({ data }) => isHello(data)));
  });
});
