import { describe, expect, it } from "vitest";

import { BadEvening } from "./bad-evening.ts";

const EVENING_MS = 20 * 60_000;
/**
 * The longest time from the end of a turn that needs an answer until the bot is heard: a model that hangs (4 s) and an
 * apology whose voice hangs too (2 s) twice, or a function that hangs (2 s) and two answers; with a margin.
 */
const PATIENCE_MS = 12_000;
const LOOK_MS = 250;

/** Detects that the bot owes an answer and its pal is present, yet it is silent for too long. */
function watch(evening: BadEvening, silences: string[]): () => void {
  let reported: number | undefined;
  const { clock } = evening;
  const look = (): void => {
    timer = clock.setTimeout(look, LOOK_MS);
    const { owedSinceMs, botSpeaks, palIsThere } = evening;
    if (owedSinceMs === undefined || botSpeaks || !palIsThere || owedSinceMs === reported) return;
    if (clock.nowMs() - owedSinceMs < PATIENCE_MS) return;
    reported = owedSinceMs;
    silences.push(`owed since ${owedSinceMs}, silent at ${clock.nowMs()}`);
  };
  let timer = clock.setTimeout(look, LOOK_MS);
  return () => clock.clearTimeout(timer);
}

/**
 * The exact oracle: after each turn of the user with words, and after each turn without words that cut the bot's speech
 * or what it still owed, the bot is heard within 12 s, unless a new turn has started meanwhile; the time does not run
 * while the pal is away. Every transcript is in the context once and in order, and no word of the bot is there twice.
 */
describe("a long, bad evening", () => {
  it.each([1, 2, 3])(
    "number %i: the bot never falls silent when it should speak",
    async (seed) => {
      const evening = new BadEvening(seed);
      const silences: string[] = [];
      await evening.start();
      const stop = watch(evening, silences);
      while (evening.clock.nowMs() < EVENING_MS) await evening.next();
      await evening.clock.advance(30_000);
      stop();
      expect(silences).toEqual([]);
      expect(evening.owedSinceMs).toBeUndefined();

      const { context, task, clock, happened } = evening;
      const byRole = (wanted: string): string[] =>
        context.messages.flatMap(({ role, content }) =>
          role === wanted && typeof content === "string" ? [content] : [],
        );
      expect(byRole("user").join(" ").split(" ")).toEqual(evening.said);
      const words: readonly string[] = [
        ...byRole("assistant")
          .join(" ")
          .matchAll(/\bw\d+/gu),
      ].map(([word]) => word);
      expect(words.length).toBeGreaterThan(300);
      expect(words.filter((word, at) => words.indexOf(word) !== at)).toEqual([]);
      const numbers = words.map((word) => Number(word.slice(1)));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      expect(JSON.stringify(context.messages)).not.toContain("secret");

      // The evening was bad enough.
      for (const kind of [
        "cough into the bot",
        "hesitation",
        "late transcript",
        "pal away",
        "function",
        "error functionCall",
      ])
        expect(happened.get(kind) ?? 0, kind).toBeGreaterThan(2);
      task.end();
      await clock.advanceUntil(task.run());
      expect(evening.api.ends).toEqual(["c1"]);
      expect(clock.pendingTimers).toBe(0);
    },
    120_000,
  );
});
