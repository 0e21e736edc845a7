import { afterEach, expect, it } from "vitest";

import { type HeardWord, sentenceSound, SENTENCE_WORD_MS, wordsOf } from "../../../bench/lib/sentence.ts";
import { SentenceUser } from "../../../bench/lib/sentence-user.ts";
import { ServicesBot } from "../../../bench/lib/services-bot.ts";
import { startEmulator } from "../../../src/emulator/index.ts";
import { FakeCartesia, FakeDeepgram, FakeOpenAI } from "../../../src/testing/index.ts";
import { systemClock } from "../../../src/util/clock.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { tone } from "../../support/tone.ts";
import { until } from "../../support/until.ts";

const RATE = 16_000;
/** "w12 " takes 320 ms: 240 ms of sound and 80 ms of silence. */
const MS_PER_CHARACTER = SENTENCE_WORD_MS / 3;

let open = new AsyncDisposableStack();
afterEach(async () => {
  await open.disposeAsync();
  open = new AsyncDisposableStack();
});

/** A bot on fakes of three vendors, its room, and a user who recognises each word of the pal by its sound. */
async function callWith(transcripts: readonly string[]) {
  const emulator = open.use(await startEmulator({ pal: { join: "early" }, logger: silentLogger }));
  const deepgram = open.use(await FakeDeepgram.start({ transcripts }));
  const openai = open.use(await FakeOpenAI.start({ latencyMs: 20, pieceDelayMs: 40 }));
  const sound = sentenceSound;
  const cartesia = open.use(
    await FakeCartesia.start({ msPerCharacter: MS_PER_CHARACTER, sound, ...{ firstChunkMs: 20, chunkMs: 100 } }),
  );
  const start = (): ServicesBot =>
    new ServicesBot({
      ...{ apiUrl: emulator.apiUrl, apiKey: emulator.apiKey },
      deepgram: { apiKey: deepgram.apiKey, url: deepgram.wsUrl },
      openai: { apiKey: openai.apiKey, url: openai.url },
      cartesia: { apiKey: cartesia.apiKey, url: cartesia.wsUrl },
    });
  return {
    ...{ deepgram, openai, cartesia },
    async join() {
      const bot = open.use(start());
      await until("the bot is in its room", () => bot.transport.conversationUrl !== undefined, 15_000);
      const user = open.use(new SentenceUser({ runtime: "native", now: () => systemClock.nowMs() }));
      await user.join(bot.transport.conversationUrl ?? "");
      await until("the user hears the pal", () => user.receives("pal"), 10_000);
      const speak = (ms: number): Promise<void> => user.say({ pcm: tone(300, RATE, ms), sampleRate: RATE });
      return { bot, user, speak };
    },
  };
}

/** Less than half of a word is not understood. */
const isUnderstood = ({ heardMs }: HeardWord): boolean => heardMs >= SENTENCE_WORD_MS / 2;
const understood = (heard: readonly HeardWord[]): readonly number[] =>
  heard.filter(isUnderstood).map(({ word }) => word);

/** Waits until the user has heard exactly these words: what the bot counts as heard is still on its way to the ear. */
async function hears(user: SentenceUser, ...words: readonly number[]): Promise<void> {
  const isHeard = (): boolean => {
    const isOver = (user.heard.at(-1)?.endMs ?? Infinity) < systemClock.nowMs() - SENTENCE_WORD_MS;
    return isOver && understood(user.heard).length >= words.length;
  };
  await until(`the user hears ${words.length} words`, isHeard).catch(() => undefined);
  expect(understood(user.heard)).toEqual(words);
}

const answers = (bot: ServicesBot): readonly number[][] =>
  bot.said("assistant").map(({ content }) => wordsOf(typeof content === "string" ? content : ""));

it("answers with the user's words; a barge-in stops model and voice at their vendors, and leaves the words that were heard", async () => {
  const stage = await callWith(["w01 w02 w03.", "Go on.", "Stop."]);
  const { bot, user, speak } = await stage.join();

  await speak(500);
  await until("the answer is remembered", () => bot.said("assistant").length === 1, 10_000);
  expect(bot.said("assistant")[0]?.content).toBe("You said: w01 w02 w03.");
  await hears(user, 1, 2, 3);

  user.forget();
  const sentence = (from: number, to: number): string =>
    `${Array.from({ length: to - from }, (_, i) => `w${from + i}`).join(" ")}. `;
  stage.openai.reply = () => [`${sentence(10, 15)}${sentence(15, 26)}w27`, { waitMs: 60_000 }, " w28."];
  await speak(500);
  await until("the user hears the sixth word", () => user.heard.some(({ word }) => word === 15), 10_000);
  const [request, context] = [stage.openai.requests.at(-1), stage.cartesia.contexts.at(-1)];
  stage.openai.reply = () => "w29.";
  await speak(500);
  const cutAtMs = bot.turnsStartedAtMs.at(-1) ?? Infinity;
  await until("the next answer is remembered", () => bot.said("assistant").length === 3, 10_000);

  // Each word that was heard is in the context, and nothing more but the word that was about to be heard.
  const [, cut = [], next] = answers(bot);
  expect(bot.said("assistant")[1]?.interrupted).toBe(true);
  const cutHeard = understood(user.heard).filter((word) => word !== 29);
  expect(cut.slice(0, cutHeard.length)).toEqual(cutHeard);
  expect(cut.length - cutHeard.length).toBeLessThanOrEqual(1);
  expect(cut).toEqual(cut.map((_, i) => 10 + i));
  expect(next).toEqual([29]);
  await hears(user, ...cutHeard, 29);

  expect(request).toMatchObject({ over: true, abortedByClient: true });
  expect((request?.overAtMs ?? Infinity) - cutAtMs).toBeLessThan(500);
  expect(context?.state).toBe("cancelled");
  // Nobody stops listening.
  expect([stage.deepgram.requests.length, stage.deepgram.openCount, stage.cartesia.openCount]).toEqual([1, 1, 1]);
  expect(bot.errors).toEqual([]);
});

it("a vendor that fails in mid-call costs no more than what it was doing: the call goes on", async () => {
  const stage = await callWith(["lost", "w01 w02.", "w03.", "w04."]);
  stage.deepgram.faults.next({ type: "disconnect", afterMessages: 1 });
  stage.cartesia.faults.next({ type: "disconnect", afterMessages: 4 });
  const { bot, user, speak } = await stage.join();

  // Deepgram breaks in the middle of the user's speech, Cartesia in the middle of the answer.
  await speak(1200);
  await until("the first answer is remembered", () => bot.said("assistant").length === 1, 15_000);
  expect(bot.said("user").at(-1)?.content).toContain("w01 w02.");
  expect([stage.deepgram.requests.length, stage.cartesia.requests.length]).toEqual([2, 2]);
  await hears(user, 1, 2);

  stage.openai.faults.next({ type: "disconnect", afterMessages: 3 });
  await speak(500);
  const failures = (name: string) => bot.errors.filter(({ message }) => message.startsWith(name));
  await until("the model's failure is reported", () => failures("OpenAI").length > 0, 10_000);
  expect(failures("OpenAI")).toMatchObject([{ category: "connectivity" }]);

  user.forget();
  await speak(500);
  await until("the next answer is remembered", () => answers(bot).at(-1)?.includes(4), 10_000);
  await hears(user, 4);
});
