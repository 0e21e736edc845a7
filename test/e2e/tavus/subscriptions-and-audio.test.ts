import { describe, expect, it } from "vitest";

import { UserAudioRawFrame } from "../../../src/frames/index.ts";
import { REAL_RUNTIMES } from "../../support/calls.ts";
import { testUtterance } from "../../../src/testing/test-utterance.ts";
import { joinUser, tavusStage, warmBrowser } from "../../support/tavus.ts";
import { tone } from "../../support/tone.ts";
import { passes, until } from "../../support/until.ts";

const stage = tavusStage();
const LOUD = 2000;

const isLoud = ({ audio }: UserAudioRawFrame): boolean => audio.some((sample) => Math.abs(sample) > LOUD);

describe.each(REAL_RUNTIMES)("a bot on the %s runtime", (runtime) => {
  warmBrowser(runtime);

  it("hears a user's custom track only on request, at the requested rate", async () => {
    await stage.open();
    const bot = await stage.bot({ runtime }).connected();
    const user = await joinUser(stage.calls, bot.url);
    const music = await user.call.publishAudio("music", { sampleRate: 16_000 });
    await until("the bot sees the user", () => bot.events.includes("clientConnected User"));
    const play = (): void => void music.write(tone(660, 16_000, 1000));
    const ofMusic = () => bot.heard.of(UserAudioRawFrame).filter(({ transportSource }) => transportSource === "music");
    play();
    await passes(1200);
    expect(ofMusic()).toEqual([]);
    const sessionId = user.call.sessionId ?? "";
    const capture = await bot.transport.captureParticipantAudio(sessionId, { source: "music", sampleRate: 24_000 });
    play();
    await until("the bot hears it", () => ofMusic().some(isLoud));
    expect(ofMusic()[0]?.sampleRate).toBe(24_000);
    capture.close();
    const after = ofMusic().length;
    play();
    await passes(1200);
    expect(ofMusic()).toHaveLength(after);
  });

  it("stops hearing an unsubscribed user, and hears them again", async () => {
    await stage.open();
    const bot = await stage.bot({ runtime }).connected();
    const user = await joinUser(stage.calls, bot.url);
    const loud = (): number => bot.heard.of(UserAudioRawFrame).filter(isLoud).length;
    await until("it is there", () => bot.events.includes("clientConnected User"));
    await user.speak(440, 500);
    await until("the bot hears the user", () => loud() > 10);
    const sessionId = user.call.sessionId ?? "";
    await bot.transport.updateSubscriptions({ [sessionId]: { microphone: false } });
    await passes(500);
    const before = loud();
    await user.speak(440, 500);
    await passes(500);
    expect(loud()).toBe(before);
    await bot.transport.updateSubscriptions({ [sessionId]: { microphone: true } });
    await until("the bot hears the user again", async () => {
      await user.speak(440, 300);
      return loud() > before + 10;
    });
  });

  it("is heard on its own microphone, next to the pal", async () => {
    await stage.open();
    const bot = await stage.bot({ runtime, params: { microphoneOutEnabled: true } }).ready();
    const user = await joinUser(stage.calls, bot.url);
    const itself = await user.sees("Bot");
    const [ofBot, ofPal] = [await user.listen(itself.sessionId, "microphone"), await user.earOnPal()];
    const own = testUtterance(440, 1000);
    for (const frame of own) frame.transportDestination = "microphone";
    bot.task.queueFrames(own);
    await until("the user hears the bot itself", () => ofBot.hears(440));
    expect(ofPal.misses(440)).toBe(true);
    bot.say(550, 500);
    await until("the user hears the pal", () => ofPal.hears(550));
  });
});
