import { startEmulator } from "../../src/emulator/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { BenchChild } from "../lib/child.ts";
import { sleep } from "../lib/time.ts";
import type { BotRequests } from "./bot-process.ts";
import type { Step } from "./plan.ts";
import { MOST_WORDS, WORD_MS } from "../lib/words.ts";

export interface HeldLoop {
  readonly runtime: "native" | "chromium";
  /** How long the bot blocks its event loop each time, and the period from one block to the next, in milliseconds. */
  readonly holdMs: number;
  readonly everyMs: number;
  readonly times: number;
}

const LOUD_PEAK = 1000;
const UTTERANCE_MS = MOST_WORDS * WORD_MS;

/** Measures the silence, in milliseconds, in the pal's continuous speech while the bot's event loop is blocked repeatedly. */
export async function silenceInHeldSpeech({ runtime, holdMs, everyMs, times }: HeldLoop): Promise<number> {
  await using emulator = await startEmulator({ pal: { join: "early" }, logger: silentLogger });
  const args = [runtime, "track", emulator.apiUrl, emulator.apiKey];
  await using bot = new BenchChild<BotRequests>(new URL("bot-process.ts", import.meta.url), args);
  const { conversationId } = await bot.request("start", undefined);
  const peaks: number[] = [];
  emulator.pal(conversationId)?.events.on("played", (_data, peak) => peaks.push(peak));
  await sleep(500);
  const speechMs = times * everyMs;
  const steps: Step[] = [];
  for (let saidMs = 0; saidMs < speechMs; saidMs += UTTERANCE_MS)
    steps.push({ do: "say", utterance: 0, words: MOST_WORDS });
  for (let time = 0; time < times; time++) steps.push({ do: "wait", ms: everyMs - holdMs }, { do: "hold", ms: holdMs });
  await bot.request("perform", steps);
  await sleep(UTTERANCE_MS + 2000);
  const loud = peaks.map((peak) => peak > LOUD_PEAK);
  const spoken = loud.slice(loud.indexOf(true), loud.lastIndexOf(true));
  await bot.request("end", undefined);
  return spoken.filter((isLoud) => !isLoud).length * 10;
}
