import { describe, expect, it } from "vitest";

import { LLMContext, TTSSpeakFrame } from "../../src/frames/index.ts";
import { UserContextAggregator } from "../../src/processors/index.ts";
import { InvalidOptionError } from "../../src/util/errors.ts";
import { Conversation } from "./conversation-rig.ts";

const ANSWER = "We have apples, plums and pears. All of them are ripe today. What would you like?";

describe("a cough that interrupts the bot", () => {
  it("does not silence the bot: it resumes after the last word that was heard", async () => {
    const bot = await new Conversation({ transcripts: ["Hello.", ""], answers: [ANSWER] }).start();
    await bot.userSpeaks();
    await bot.clock.advance(2900);
    await bot.userSpeaks();
    const cut = bot.remembered();
    expect(ANSWER.startsWith(cut)).toBe(true);
    expect(cut.split(" ").length).toBeGreaterThan(3);
    await bot.clock.advance(12_000);
    expect(bot.said()).toEqual([
      "user: Hello.",
      `assistant (interrupted): ${cut}`,
      `assistant: ${ANSWER.slice(cut.length + 1)}`,
    ]);
    expect(bot.heardText(true)).toBe(ANSWER);
    expect(bot.llm.requests).toHaveLength(1);
    expect(bot.reported).toEqual(["turn: Hello.", "turn: ", "falseInterruption"]);
    await bot.end();
    expect(bot.errors).toEqual([]);
  });

  it("waits 2 s for words, and no longer", async () => {
    const bot = await new Conversation({ transcripts: ["Hello.", ""], answers: [ANSWER] }).start();
    await bot.userSpeaks();
    await bot.clock.advance(2900);
    await bot.userSpeaks();
    await bot.clock.advance(1999);
    expect(bot.reported).toEqual(["turn: Hello."]);
    await bot.clock.advance(1);
    expect(bot.reported).toContain("falseInterruption");
  });

  it("may repeat: nothing is lost, nothing is said twice", async () => {
    const bot = await new Conversation({ transcripts: ["Hello.", "", "", ""], answers: [ANSWER] }).start();
    await bot.userSpeaks();
    await bot.clock.advance(2000);
    for (let coughs = 0; coughs < 3; coughs++) {
      await bot.userSpeaks();
      await bot.clock.advance(3_000.5);
    }
    await bot.clock.advance(10_000);
    expect(bot.remembered()).toBe(ANSWER);
    expect(bot.heardText(true)).toBe(ANSWER);
  });

  it("restarts the cut sentence if there are no word timestamps", async () => {
    const bot = await new Conversation({
      transcripts: ["Hello.", ""],
      answers: [ANSWER],
      wordTimestamps: false,
    }).start();
    await bot.userSpeaks();
    await bot.clock.advance(2900);
    await bot.userSpeaks();
    await bot.clock.advance(12_000);
    expect(bot.said()).toEqual([
      "user: Hello.",
      "assistant (interrupted): We have apples, plums and pears.",
      "assistant: All of them are ripe today. What would you like?",
    ]);
  });

  it("reruns the model if it was still thinking", async () => {
    const bot = await new Conversation({ transcripts: ["Hello.", ""], answers: [ANSWER, ANSWER] }).start();
    await bot.userSpeaks();
    await bot.clock.advance(650);
    await bot.userSpeaks();
    await bot.clock.advance(12_000);
    expect(bot.said()).toEqual(["user: Hello.", `assistant: ${ANSWER}`]);
    expect(bot.llm.aborted).toBe(1);
  });

  it("makes the model continue if it was still generating", async () => {
    const slowly = ["We have apples, ", { waitMs: 5000 }, "plums and pears."] as const;
    const bot = await new Conversation({
      transcripts: ["Hello.", ""],
      answers: [slowly, "plums and pears."],
      aggregation: "token",
    }).start();
    await bot.userSpeaks();
    await bot.clock.advance(2000);
    await bot.userSpeaks();
    await bot.clock.advance(10_000);
    expect(bot.said()).toEqual([
      "user: Hello.",
      "assistant (interrupted): We have apples,",
      expect.stringMatching(/^developer: The user made a sound but said nothing\./u),
      "assistant: plums and pears.",
    ]);
  });

  it("runs the model without the result if a function was running", async () => {
    const call = { type: "toolCall", id: "1", name: "stock", arguments: {} } as const;
    const bot = await new Conversation({ transcripts: ["Hello.", ""], answers: [[call], ANSWER] }).start();
    bot.llm.registerFunction("stock", () => new Promise(() => undefined));
    await bot.userSpeaks();
    await bot.clock.advance(2000);
    await bot.userSpeaks();
    await bot.clock.advance(12_000);
    expect(bot.llm.requests).toHaveLength(2);
    expect(bot.remembered()).toBe(ANSWER);
  });

  it("resumes a TTSSpeakFrame too", async () => {
    const bot = await new Conversation({ transcripts: [""], answers: [] }).start();
    bot.task.queueFrame(new TTSSpeakFrame(ANSWER));
    await bot.clock.advance(1000);
    await bot.userSpeaks();
    await bot.clock.advance(12_000);
    expect(bot.remembered()).toBe(ANSWER);
    expect(bot.llm.requests).toEqual([]);
  });

  it("stops the resumed speech for late words, and answers them", async () => {
    const bot = await new Conversation({ transcripts: ["Hello.", ""], answers: [ANSWER, "Here you are."] }).start();
    await bot.userSpeaks();
    await bot.clock.advance(2900);
    await bot.userSpeaks();
    await bot.clock.advance(2500);
    bot.task.queueFrame(bot.transcript("Plums, please."));
    await bot.clock.advance(5000);
    expect(bot.said().slice(-2)).toEqual(["user: Plums, please.", "assistant: Here you are."]);
    expect(bot.remembered()).toBe(bot.heardText(true));
  });

  it.each([
    ["none", 1, ["user: Hello."]],
    ["answer", 2, ["user: Hello.", "assistant: Are you there?"]],
  ] as const)(
    'falseInterruption: "%s" leaves it at that, or asks the model',
    async (falseInterruption, requests, end) => {
      const bot = await new Conversation({
        transcripts: ["Hello.", ""],
        answers: [ANSWER, "Are you there?"],
        user: { falseInterruption },
      }).start();
      await bot.userSpeaks();
      await bot.clock.advance(1000);
      await bot.userSpeaks();
      await bot.clock.advance(12_000);
      expect(bot.llm.requests).toHaveLength(requests);
      expect(bot.said().filter((line) => !line.includes("interrupted"))).toEqual(end);
    },
  );

  it("resumes nothing when the bot was silent", async () => {
    const bot = await new Conversation({ transcripts: ["Hello.", ""], answers: [ANSWER] }).start();
    await bot.userSpeaks();
    await bot.clock.advance(12_000);
    await bot.userSpeaks();
    await bot.clock.advance(12_000);
    expect(bot.said()).toEqual(["user: Hello.", `assistant: ${ANSWER}`]);
    expect(bot.tts.requests).toHaveLength(3);
  });

  it("does not resume what the application has cut before", async () => {
    const bot = await new Conversation({ transcripts: ["Hello.", ""], answers: [ANSWER] }).start();
    await bot.userSpeaks();
    await bot.clock.advance(2900);
    bot.task.interrupt();
    await bot.clock.advance(3000);
    const requests = bot.tts.requests.length;
    await bot.userSpeaks();
    await bot.clock.advance(12_000);
    expect([bot.llm.requests.length, bot.tts.requests.length]).toEqual([1, requests]);
  });

  it("restarts the idle timer if nothing is resumed", async () => {
    const bot = await new Conversation({
      transcripts: ["Hello.", "", ""],
      answers: ["Yes?"],
      user: { idleTimeoutMs: 5000 },
    }).start();
    await bot.userSpeaks();
    await bot.clock.advance(3000);
    await bot.userSpeaks();
    await bot.clock.advance(8000);
    expect(bot.reported.filter((what) => what === "userIdle")).toHaveLength(1);
    await bot.userSpeaks();
    await bot.clock.advance(8000);
    expect(bot.reported.filter((what) => what === "userIdle")).toHaveLength(2);
  });
});

it("rejects invalid options", () => {
  const make = (options: object) => () => new UserContextAggregator(new LLMContext(), options);
  expect(make({ falseInterruption: "repeat" })).toThrow(InvalidOptionError);
  expect(make({ falseInterruptionTimeoutMs: -1 })).toThrow(InvalidOptionError);
});
