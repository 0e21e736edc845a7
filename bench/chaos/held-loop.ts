import type { Emulator } from "../../src/emulator/index.ts";
import { systemClock } from "../../src/util/clock.ts";
import { deferred, withDeadline } from "../../src/util/deadline.ts";
import { BenchChild } from "../lib/child.ts";
import { concealedMs } from "../lib/concealed.ts";
import { GapMeter, type Gaps } from "../lib/gaps.ts";
import { monotonicMs, rounded, sleep } from "../lib/time.ts";
import { MOST_WORDS, WORD_MS } from "../lib/words.ts";
import type { BotRequests } from "./bot-process.ts";
import type { ReleasedWord } from "./oracle.ts";
import type { Step } from "./plan.ts";

export interface HeldLoop {
  readonly runtime: "native" | "chromium";
  readonly delivery?: "track" | "messages";
  /** How long the bot blocks its event loop each time, and the period from one block to the next, in milliseconds. */
  readonly holdMs: number;
  readonly everyMs: number;
  readonly times: number;
}

/** Somebody who hears the pal, in another process. */
export interface Ear {
  listenTo(pal: { readonly url: string; readonly palSessionId: string }): Promise<void>;
  /** What was heard of the pal; ends the listening. */
  heard(): Promise<Gaps>;
}

export interface HeldSpeech {
  /** At the pal, in what it says of the bot's continuous speech. */
  readonly pal: Gaps;
  /** At a user's ear; undefined without one. */
  readonly ear: Gaps | undefined;
  readonly concealedMs: number;
  /** How much later than the pal has said each word the bot reports it as heard, in milliseconds; negative: earlier. */
  readonly wordsLateMs: readonly number[];
  /** The same of the end of speech. */
  readonly stopLateMs: number | undefined;
}

const UTTERANCE_MS = MOST_WORDS * WORD_MS;
/** The first packets of WebRTC, and the start of a browser, are not what is measured here. */
const SETTLE_MS = 1000;
/** The pal, its renderer and the user's jitter buffer are behind the bot's account. */
const TAIL_MS = 500;
const END_DEADLINE_MS = 15_000;

/** Hands over continuous speech, then blocks the bot's event loop repeatedly while the pal speaks. Only the bot is blocked. */
export async function speakWhileHeld(emulator: Emulator, loop: HeldLoop, ear?: Ear): Promise<HeldSpeech> {
  const { runtime, delivery = "track", holdMs, everyMs, times } = loop;
  const words = Math.ceil((times * everyMs) / UTTERANCE_MS) * MOST_WORDS;
  const releasedMs: number[] = [];
  let stoppedMs: number | undefined;
  const over = deferred<undefined>();
  const file = new URL("bot-process.ts", import.meta.url);
  const args = [runtime, delivery, emulator.apiUrl, emulator.apiKey];
  await using bot = new BenchChild<BotRequests>(file, args, (event, data) => {
    const { atMs } = data as ReleasedWord;
    if (event === "released") {
      releasedMs.push(atMs);
    } else if (event === "stopped" && releasedMs.length === words) {
      stoppedMs = atMs;
      over.resolve(undefined);
    }
  });
  const { conversationId, url } = await bot.request("start", undefined);
  const pal = emulator.pal(conversationId);
  if (!pal?.sessionId) throw new Error("The conversation has no pal.");
  await ear?.listenTo({ url, palSessionId: pal.sessionId });
  const meter = new GapMeter();
  let firstMs: number | undefined;
  let lastMs = 0;
  pal.events.on("played", (_data, peak) => {
    if (!meter.feed(peak, 10)) return;
    lastMs = monotonicMs();
    firstMs ??= lastMs - 10;
  });
  await sleep(SETTLE_MS);
  const concealedBefore = await concealedMs(pal);
  const steps: Step[] = [];
  for (let word = 0; word < words; word += MOST_WORDS) steps.push({ do: "say", utterance: 0, words: MOST_WORDS });
  for (let time = 0; time < times; time++) steps.push({ do: "wait", ms: everyMs - holdMs }, { do: "hold", ms: holdMs });
  await bot.request("perform", steps);
  // A bot that lost a word never reports it; the figures say so.
  await withDeadline(systemClock, over.promise, END_DEADLINE_MS, "The end of the speech").catch(() => undefined);
  await sleep(TAIL_MS);
  const began = firstMs ?? NaN;
  const result = {
    pal: meter.gaps,
    ear: await ear?.heard(),
    concealedMs: rounded((await concealedMs(pal)) - concealedBefore),
    wordsLateMs: releasedMs.map((atMs, word) => rounded(atMs - began - (word + 1) * WORD_MS)),
    stopLateMs: stoppedMs === undefined ? undefined : rounded(stoppedMs - lastMs),
  };
  await bot.request("end", undefined);
  return result;
}
