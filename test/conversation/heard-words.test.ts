import { describe, expect, it } from "vitest";

import { LLMContextAssistantTurnFrame, TTSTextFrame } from "../../src/frames/index.ts";
import { Conversation } from "./conversation-rig.ts";

const ANSWER = "We have apples, plums and pears. All of them are ripe today. What would you like?";

describe("words that were heard survive an interruption", () => {
  it.each([0, 3, 40, 400, 1500])("with a processor of %i ms between the output and the context", async (slowMs) => {
    const bot = await new Conversation({
      transcripts: ["Hello.", "Stop.", "And now?"],
      answers: [ANSWER, "All right.", "Go on."],
      slowMs,
    }).start();
    await bot.userSpeaks();
    await bot.clock.advance(2900);
    await bot.userSpeaks();
    await bot.clock.advance(700);
    await bot.userSpeaks();
    await bot.clock.advance(200_000);
    const heard = bot.heardText(true);
    const [cut] = heard.split(/ All right\.| Go on\./u);
    expect(cut!.split(" ").length).toBeGreaterThan(3);
    expect(bot.remembered()).toBe(heard);
    expect(bot.said().slice(0, 3)).toEqual(["user: Hello.", `assistant (interrupted): ${cut}`, "user: Stop."]);
    await bot.end();
    expect(bot.clock.pendingTimers).toBe(0);
  });

  it("and reach the model with its next request, even if released just before the interruption", async () => {
    const bot = await new Conversation({
      transcripts: ["Hello.", "Stop."],
      answers: [ANSWER, "All right."],
      slowMs: 5,
    }).start();
    await bot.userSpeaks();
    while (bot.sink.playedSamples === 0) await bot.clock.advance(1);
    // Between the first word's release and its arrival.
    await bot.clock.advance(1);
    expect(bot.out.of(TTSTextFrame)).toEqual([]);
    expect(bot.remembered()).toBe("");
    await bot.userSpeaks();
    await bot.clock.advance(3000);
    expect(bot.said()).toEqual(["user: Hello.", "assistant (interrupted): We", "user: Stop.", "assistant: All right."]);
    expect(bot.llm.requests[1]).toHaveLength(3);
    // And it is reported once, unchanged.
    expect(bot.out.of(LLMContextAssistantTurnFrame).map(({ text }) => text)).toEqual(["We", "All right."]);
  });

  it.each([true, false])(
    "and keep the space after a text that the voice failed to speak (word timestamps: %s)",
    async (wordTimestamps) => {
      const bot = await new Conversation({
        transcripts: ["Hello."],
        answers: ["One. Two. Three."],
        requests: ["speaks", new Error("no voice")],
        wordTimestamps,
        aggregation: "token",
      }).start();
      await bot.userSpeaks();
      await bot.clock.advance(10_000);
      expect(bot.remembered()).toBe("One. Three.");
    },
  );

  it("even if the user interrupts twice before the words have arrived", async () => {
    const bot = await new Conversation({
      transcripts: ["Hello.", "Stop.", "No, wait."],
      answers: [ANSWER, ANSWER, "All right."],
      slowMs: 1500,
    }).start();
    await bot.userSpeaks();
    await bot.clock.advance(1300);
    await bot.userSpeaks();
    await bot.clock.advance(1300);
    await bot.userSpeaks();
    await bot.clock.advance(300_000);
    expect(bot.said().map((line) => line.split(":")[0])).toEqual([
      "user",
      "assistant (interrupted)",
      "user",
      "assistant (interrupted)",
      "user",
      "assistant",
    ]);
    expect(bot.remembered()).toBe(bot.heardText(true));
  });
});
