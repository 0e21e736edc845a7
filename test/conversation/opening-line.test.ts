import { describe, expect, it } from "vitest";

import { LLMRunFrame, TTSSpeakFrame, UserMuteStoppedFrame } from "../../src/frames/index.ts";
import { UntilFirstBotTurnMuteStrategy } from "../../src/processors/index.ts";
import { Conversation, type ConversationOptions } from "./conversation-rig.ts";

/** Time until the user is heard again after the opening line was requested. */
async function unmutedAfterMs(options: Partial<ConversationOptions>, opening: LLMRunFrame | TTSSpeakFrame) {
  const bot = await new Conversation({
    transcripts: ["Hello?"],
    answers: ["Yes?"],
    ...options,
    user: { mute: [new UntilFirstBotTurnMuteStrategy()] },
  }).start();
  bot.task.queueFrame(opening);
  await bot.clock.advance(1000);
  await bot.userSpeaks();
  await bot.clock.advance(2000);
  return { atMs: bot.out.atMs(UserMuteStoppedFrame)[0], said: bot.said() };
}

describe("a user who is muted until the bot has said its opening line", () => {
  it.each([
    ["the model fails", { answers: [new Error("overloaded"), "Yes?"] }, new LLMRunFrame()],
    ["the model has nothing to say", { answers: ["", "Yes?"] }, new LLMRunFrame()],
    ["the voice fails", { requests: [new Error("no voice")] }, new TTSSpeakFrame("Welcome.")],
    ["the voice stays silent", { requests: ["silent"] }, new TTSSpeakFrame("Welcome.")],
  ] as const)("is heard at once when %s", async (_what, options, opening) => {
    const { atMs, said } = await unmutedAfterMs(options, opening);
    expect(atMs).toBeLessThan(300);
    expect(said).toContain("user: Hello?");
  });

  it("is not heard before a working opening line is over", async () => {
    const { atMs, said } = await unmutedAfterMs(
      { answers: ["Welcome to our little shop, what is it?"] },
      new LLMRunFrame(),
    );
    expect(atMs).toBeGreaterThan(2000);
    expect(said).toEqual(["assistant: Welcome to our little shop, what is it?"]);
  });
});
