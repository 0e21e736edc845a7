import fc from "fast-check";
import { expect, it } from "vitest";

import { type LLMMessage, LLMRunFrame, TTSSpeakFrame } from "../../src/frames/index.ts";
import type { ScriptedAnswer, ScriptedSpeech } from "../../src/testing/index.ts";
import { Conversation } from "./conversation-rig.ts";

/**
 * The one property that turns, interruptions and speech must keep together: the context is what was said, exactly as
 * far as it was heard, and nothing is requested or paid for twice. More runs: CONVERSATION_RUNS=2000 npm test --
 * test/conversation.
 */
const RUNS = Number(process.env.CONVERSATION_RUNS ?? 100);

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("says" as const), ms: fc.integer({ min: 100, max: 900 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("coughs" as const), ms: fc.integer({ min: 100, max: 500 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("waits" as const), ms: fc.integer({ min: 1, max: 5000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("types" as const), ms: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("run" as const), ms: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("speak" as const), ms: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("interrupt" as const), ms: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("far end drops" as const), ms: fc.constant(0) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** How an answer behaves, and the number of words of each of its sentences. */
const answer = fc.record({
  how: fc.oneof(
    { weight: 6, arbitrary: fc.constant("whole" as const) },
    { weight: 1, arbitrary: fc.constantFrom("slow" as const, "fails" as const, "fails midway" as const) },
  ),
  sentences: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }),
});

const scenario = fc
  .record({
    steps: fc.array(step, { minLength: 1, maxLength: 12 }),
    answers: fc.array(answer, { minLength: 1, maxLength: 4 }),
    requests: fc.array(
      fc.constantFrom<ScriptedSpeech>("speaks", "speaks", "speaks", "silent", "hangs", new Error("no")),
      {
        maxLength: 3,
      },
    ),
    aggregation: fc.constantFrom("sentence" as const, "token" as const),
    wordTimestamps: fc.boolean(),
    falseInterruption: fc.constantFrom("resume" as const, "resume" as const, "answer" as const, "none" as const),
    /** Whether models and voices fail as scripted, and whether the application and the far end cut speech. */
    fails: fc.boolean(),
    cuts: fc.boolean(),
    latencyMs: fc.constantFrom(0, 150, 600),
    wordDelayMs: fc.constantFrom(0, 100, 400, 400),
    sinkLatencyMs: fc.constantFrom(0, 120),
    slowMs: fc.constantFrom(0, 0, 7, 30),
    end: fc.constantFrom("in silence" as const, "in silence" as const, "at once" as const, "cancelled" as const),
  })
  .map((all) => ({
    ...all,
    steps: all.cuts ? all.steps : all.steps.filter(({ do: what }) => what !== "interrupt" && what !== "far end drops"),
    answers: all.fails
      ? all.answers
      : all.answers.map((one) => (one.how === "slow" ? one : { ...one, how: "whole" as const })),
    requests: all.fails ? all.requests : [],
  }));
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/** Every word of a test is unique, so that what was heard can be found in what was said. */
function scriptedAnswer({ how, sentences }: Scenario["answers"][number], number: number): ScriptedAnswer {
  const texts = sentences.map((words, at) => {
    return `${Array.from({ length: words }, (_word, index) => `a${number}s${at}w${index}`).join(" ")}. `;
  });
  if (how === "fails") return new Error("overloaded");
  if (how === "fails midway") return [texts[0]!, new Error("overloaded")];
  return how === "slow" ? texts.flatMap((text) => [text, { waitMs: 700 }]) : texts;
}

/**
 * Plays the scenario. The bot acts off the grid of whole milliseconds on which the user acts: it would be undefined
 * whether a word that begins at the moment of an interruption was heard.
 */
async function play({ steps, answers, falseInterruption, end, fails: _fails, cuts: _cuts, ...options }: Scenario) {
  const texts: string[] = [];
  const bot = await new Conversation({
    ...options,
    transcripts: steps.flatMap(({ do: what }, at) =>
      what === "says" ? [`Turn ${at}.`] : what === "coughs" ? [""] : [],
    ),
    answers: () => {
      const scripted = answers[texts.length % answers.length]!;
      const given = scriptedAnswer(scripted, texts.length);
      texts.push(
        typeof given === "string" || given instanceof Error ? "" : given.filter((p) => typeof p === "string").join(""),
      );
      return given;
    },
    user: { falseInterruption, falseInterruptionTimeoutMs: 2_000.3 },
  }).start();
  /** Number of answers at each time the context received a user message. */
  const answersBefore = new Map<LLMMessage, number>();
  bot.user.on("messageAdded", (message) => answersBefore.set(message, texts.length));
  const offGrid = async (act: () => void): Promise<void> => {
    await bot.clock.advance(0.4);
    act();
    await bot.clock.advance(0.6);
  };
  for (const [at, { do: what, ms }] of steps.entries()) await perform(bot, what, ms, at, offGrid);
  if (end === "in silence") await bot.clock.advance(90_000);
  if (end === "cancelled") bot.task.cancel();
  else bot.task.end();
  await bot.clock.advanceUntil(bot.task.run());
  return { bot, texts, answersBefore };
}

async function perform(
  bot: Conversation,
  what: Step["do"],
  ms: number,
  at: number,
  offGrid: (act: () => void) => Promise<void>,
): Promise<void> {
  switch (what) {
    case "says":
    case "coughs":
      return bot.userSpeaks(ms);
    case "waits":
      return bot.clock.advance(ms);
    case "types":
      return offGrid(() => bot.task.queueFrame(bot.transcript(`Typed ${at}.`)));
    case "run":
      return offGrid(() => bot.task.queueFrame(new LLMRunFrame()));
    case "speak":
      return offGrid(() => bot.task.queueFrame(new TTSSpeakFrame(`t${at}w0 t${at}w1 t${at}w2.`)));
    case "interrupt":
      bot.task.interrupt();
      return bot.clock.advance(0);
    case "far end drops":
      bot.sink.flushFromFarEnd();
      return bot.clock.advance(0);
  }
}

it(`in ${RUNS} conversations with interruptions, failures and ends, the context is what was heard, once`, async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (script) => {
      const { bot, texts, answersBefore } = await play(script);
      const heard = bot.heardText(script.wordTimestamps);
      // A cancel overtakes frames that are still in a slow processor; everything else arrives.
      if (script.end === "cancelled" && script.slowMs > 0) expect(heard.startsWith(bot.remembered())).toBe(true);
      else expect(bot.remembered()).toBe(heard);

      // An interrupted message is in the context before what the user said next.
      let first = 0;
      for (const message of bot.context.messages) {
        if (message.role === "user") first = Math.max(first, answersBefore.get(message) ?? 0);
        const number = /^a(\d+)s/u.exec(message.content as string)?.[1];
        if (number !== undefined && !script.steps.some(({ do: what }) => what === "run"))
          expect(Number(number)).toBeGreaterThanOrEqual(first);
      }

      // Said in order, and no word twice.
      const words = bot.heard(script.wordTimestamps ? "begun" : "complete").map(({ text }) => text);
      if (script.wordTimestamps) expect(new Set(words).size).toBe(words.length);

      // The model: once per turn with words, per run, and per sound that makes it continue.
      const does = (what: Step["do"]): number => script.steps.filter((one) => one.do === what).length;
      const turns = bot.reported.filter((line) => /^turn: ./u.test(line)).length;
      const coughs = bot.reported.filter((line) => line === "falseInterruption").length;
      const asked = turns + does("run") + (script.falseInterruption === "none" ? 0 : coughs);
      expect(bot.llm.requests.length).toBeLessThanOrEqual(asked);
      // The voice: once per piece of text, and once more if a sound has cut it.
      const times = new Map<string, number>();
      for (const { text } of bot.tts.requests) times.set(text, (times.get(text) ?? 0) + 1);
      for (const [, count] of times)
        expect(count).toBeLessThanOrEqual(1 + (script.falseInterruption === "resume" ? coughs : 0));

      if (!script.fails) expect(bot.errors).toEqual([]);
      // The bot never falls silent when it should speak: in the end the last answer has been said to its end.
      const cut = does("interrupt") + does("far end drops") > 0 || script.falseInterruption === "none";
      const last = texts.at(-1)?.trim();
      if (!script.fails && !cut && script.end === "in silence" && last !== undefined)
        expect(words).toContain(last.split(" ").at(-1));
      expect(bot.clock.pendingTimers).toBe(0);
    }),
    { numRuns: RUNS },
  );
}, 120_000);
