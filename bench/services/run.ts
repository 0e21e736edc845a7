import { availableParallelism } from "node:os";

import { measurePeak } from "../../src/audio/index.ts";
import { type Emulator, startEmulator } from "../../src/emulator/index.ts";
import { LATENCY_STAGES, type LatencyBreakdown, type LatencyStage } from "../../src/observers/index.ts";
import { FakeCartesia, FakeDeepgram, FakeOpenAI } from "../../src/testing/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { BenchChild } from "../lib/child.ts";
import { type MeasuredLoad, QuietRuns } from "../lib/quiet-runs.ts";
import { type Percentiles, percentiles } from "../lib/percentiles.ts";
import { raisePriority } from "../lib/raise-priority.ts";
import { SentenceUser } from "../lib/sentence-user.ts";
import type { ServicesBotOptions } from "../lib/services-bot.ts";
import { tone } from "../lib/sound.ts";
import { LoudWatch, SpanLog } from "../lib/spans.ts";
import { jittered, monotonicMs, sleep } from "../lib/time.ts";
import type { BotRequests } from "./bot-process.ts";

/** Deepgram's fake settles words 10 ms after them; each of its messages takes this long. */
const DEEPGRAM_MS = 300;
/** The silence that voice activity detection waits for, in milliseconds. */
const VAD_MS = 200;
/** What each stage takes by configuration, in milliseconds. The transcript is under way while the silence is awaited. */
export const CONFIGURED = { vad: VAD_MS, transcript: 10 + DEEPGRAM_MS - VAD_MS, llm: 200, tts: 100, pal: 50 } as const;
const CONFIGURED_MS = Object.values(CONFIGURED).reduce((sum, ms) => sum + ms, 0);
/** What ours may add at p50, from the user's last sound to the pal's first: with the way through the room. */
export const TARGET_MS = 60;

const ANSWERS = 40;
const QUICK_ANSWERS = 15;
/** Answers that do not count: connections start with a higher delay. */
const WARM_UP = 3;
const REPEATS = 2;
const SPEECH_MS = 400;
const ANSWER_TIMEOUT_MS = 5000;
const RATE = 16_000;

/** One answer. Undefined: it was never heard there. */
interface Answer {
  readonly toPalMs: number | undefined;
  readonly toEarMs: number | undefined;
  readonly breakdown: LatencyBreakdown | undefined;
}

export interface ServicesReport {
  readonly date: string;
  readonly node: string;
  readonly cpuCount: number;
  readonly quick: boolean;
  /** From the user's last sound until the pal's first. */
  readonly toPalMs: Percentiles;
  /** From the user's last sound until the pal's first at the user's ear. */
  readonly toEarMs: Percentiles;
  /** What the bot reports about itself. */
  readonly stages: Readonly<Partial<Record<LatencyStage, Percentiles>>>;
  /** From the end of the user's speech, as the bot heard it, until the pal's first sound, beyond what is configured. */
  readonly overheadMs: Percentiles;
  /** The same from the user's last sound, with the way from the microphone to the bot. */
  readonly overheadWithRoomMs: Percentiles;
  readonly loads: readonly MeasuredLoad[];
  readonly ok: boolean;
}

/** Holds a conversation of `answers` answers. */
async function converse(emulator: Emulator, answers: number, progress: (line: string) => void): Promise<Answer[]> {
  await using deepgram = await FakeDeepgram.start({
    transcripts: Array.from({ length: answers + WARM_UP }, () => "Are you there?"),
    latencyMs: DEEPGRAM_MS,
  });
  await using openai = await FakeOpenAI.start({ reply: () => "Yes, I am.", latencyMs: CONFIGURED.llm });
  await using cartesia = await FakeCartesia.start({ msPerCharacter: 40, firstChunkMs: CONFIGURED.tts });
  const options: ServicesBotOptions = {
    ...{ apiUrl: emulator.apiUrl, apiKey: emulator.apiKey },
    deepgram: { apiKey: deepgram.apiKey, url: deepgram.wsUrl },
    openai: { apiKey: openai.apiKey, url: openai.url },
    cartesia: { apiKey: cartesia.apiKey, url: cartesia.wsUrl },
    vadStopMs: CONFIGURED.vad,
  };
  let breakdown: LatencyBreakdown | undefined;
  const file = new URL("bot-process.ts", import.meta.url);
  await using bot = new BenchChild<BotRequests>(file, [JSON.stringify(options)], (event, data) => {
    if (event === "latency") breakdown = data as LatencyBreakdown;
  });
  const { conversationId, url } = await bot.request("start", undefined);
  const palPlayed = new SpanLog();
  const ear = new SpanLog();
  const played = new LoudWatch(palPlayed.add);
  const heard = new LoudWatch(ear.add);
  emulator.pal(conversationId)?.events.on("played", (_data, peak) => played.feed(peak, 10));
  await using user = new SentenceUser({
    runtime: "native",
    now: monotonicMs,
    onSound: (_voice, pcm, sampleRate) => heard.feed(measurePeak(pcm), (pcm.length * 1000) / sampleRate),
  });
  await user.join(url);
  const measured: Answer[] = [];
  for (let i = -WARM_UP; i < answers; i++) {
    breakdown = undefined;
    await user.say({ pcm: tone(SPEECH_MS, RATE), sampleRate: RATE });
    const spokenMs = monotonicMs();
    const [palMs, earMs] = await Promise.all([
      palPlayed.startAfter(spokenMs, ANSWER_TIMEOUT_MS),
      ear.startAfter(spokenMs, ANSWER_TIMEOUT_MS),
    ]);
    // The answer takes 400 ms; then the next turn is a turn of its own.
    await sleep(jittered(900));
    const since = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms - spokenMs);
    if (i >= 0) measured.push({ toPalMs: since(palMs), toEarMs: since(earMs), breakdown });
    if (i % 20 === 19) progress(`${i + 1} answers…`);
  }
  return measured;
}

/** Measures how long a user waits for the answer of a bot on the adapters, and what of it is ours. */
export async function runServicesBench(quick: boolean, progress: (line: string) => void): Promise<ServicesReport> {
  const quiet = new QuietRuns({ repeats: quick ? 0 : REPEATS, progress });
  // Vendors, pals and users are elsewhere in reality: they must not be what is starved.
  raisePriority();
  await using emulator = await startEmulator({
    pal: { join: "early", renderLatencyMs: CONFIGURED.pal },
    logger: silentLogger,
  });
  const answers = await quiet.measure("answers", () => converse(emulator, quick ? QUICK_ANSWERS : ANSWERS, progress));
  const stages: Partial<Record<LatencyStage, Percentiles>> = {};
  for (const stage of LATENCY_STAGES) {
    const values = answers.flatMap(({ breakdown }) => breakdown?.stages[stage] ?? []);
    if (values.length > 0) stages[stage] = percentiles(values);
  }
  const minus = (value: number | undefined, ms: number): number | undefined =>
    value === undefined ? undefined : value - ms;
  const overheadWithRoomMs = percentiles(answers.map(({ toPalMs }) => minus(toPalMs, CONFIGURED_MS)));
  return {
    date: new Date().toISOString(),
    node: process.version,
    cpuCount: availableParallelism(),
    quick,
    toPalMs: percentiles(answers.map(({ toPalMs }) => toPalMs)),
    toEarMs: percentiles(answers.map(({ toEarMs }) => toEarMs)),
    stages,
    overheadMs: percentiles(answers.map(({ breakdown }) => minus(breakdown?.totalMs, CONFIGURED_MS))),
    overheadWithRoomMs,
    loads: quiet.loads,
    ok: overheadWithRoomMs.p50 !== null && overheadWithRoomMs.p50 <= TARGET_MS,
  };
}
