import { availableParallelism, loadavg } from "node:os";

import { startEmulator, type Emulator, type Pal } from "../../src/emulator/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { BenchChild } from "../lib/child.ts";
import { concealedMs } from "../lib/concealed.ts";
import { memoryMb, processTree } from "../lib/process-tree.ts";
import { monotonicMs, rounded, sleep } from "../lib/time.ts";
import type { BotRequests, BotSample } from "./bot-process.ts";
import { Oracle, type ReleasedWord, type Verdict } from "./oracle.ts";
import { Plan } from "./plan.ts";

export interface ChaosOptions {
  readonly runtime: "native" | "chromium";
  readonly delivery: "track" | "messages";
  /** The run ends after this many seconds or this many rounds. */
  readonly seconds: number;
  readonly rounds: number;
  readonly seed: number;
  /** The longest time for which the bot's event loop is blocked now and then, in milliseconds; 0: never. */
  readonly holdsAtMostMs: number;
  /** After this many seconds the bot leaves and joins a new call, in the same process. */
  readonly callSeconds: number;
  readonly sampleSeconds: number;
}

export interface Sample extends BotSample {
  readonly atS: number;
  readonly call: number;
  readonly inCall: boolean;
  /** PSS of Node and the browser together, in MB; null where it cannot be read. */
  readonly treePssMb: number | null;
  readonly processes: number;
  /** RSS of the process with the emulator and the pal, in MB. */
  readonly emulatorRssMb: number;
  readonly lostWords: number;
  readonly dropoutMs: number;
  readonly load1: number;
}

export interface ChaosReport extends ChaosOptions {
  readonly date: string;
  readonly node: string;
  readonly cpuCount: number;
  readonly lastedS: number;
  readonly calls: number;
  readonly verdict: Verdict;
  /** Frames and chunks that the output refused. */
  readonly refused: number;
  /** Audio that the pal's jitter buffers concealed, in milliseconds: what a network or a busy machine costs besides lost words. */
  readonly concealedMs: number;
  readonly samples: readonly Sample[];
  readonly ok: boolean;
}

/** Speech that is not heard within this time is lost. */
const ROUND_DEADLINE_MS = 12_000;

/** Runs random speech and interruptions in calls of one bot process. An {@link Oracle} judges the pal's output. */
export async function runChaos(options: ChaosOptions, progress: (line: string) => void): Promise<ChaosReport> {
  const started = monotonicMs();
  const elapsedS = (): number => (monotonicMs() - started) / 1000;
  await using emulator = await startEmulator({ pal: { join: "early" }, logger: silentLogger });
  const oracle = new Oracle();
  const { runtime, delivery } = options;
  const args = [runtime, delivery, emulator.apiUrl, emulator.apiKey];
  await using bot = new BenchChild<BotRequests>(new URL("bot-process.ts", import.meta.url), args, (event, word) => {
    if (event === "released") oracle.released(word as ReleasedWord);
  });
  const plan = new Plan(options.seed, options.holdsAtMostMs);
  const samples: Sample[] = [];
  let calls = 0;
  let refused = 0;
  let concealed = 0;

  const takeSample = async (inCall: boolean): Promise<void> => {
    const pids = processTree(bot.pid);
    const { lostWords, dropoutMs, oldAudioMs, rounds } = oracle.verdict;
    samples.push({
      atS: Math.round(elapsedS()),
      call: calls,
      inCall,
      ...(await bot.request("sample", undefined)),
      treePssMb: memoryMb(pids).pss,
      processes: pids.length,
      emulatorRssMb: Math.round(process.memoryUsage().rss / 1_048_576),
      lostWords,
      dropoutMs,
      load1: rounded(loadavg()[0] ?? 0, 2),
    });
    progress(`${rounds} rounds, ${lostWords} words lost, ${oldAudioMs} ms old audio, ${dropoutMs} ms dropouts`);
  };

  const isOver = (): boolean => elapsedS() >= options.seconds || oracle.verdict.rounds >= options.rounds;
  while (!isOver()) {
    calls++;
    const pal = await joinCall(emulator, bot, oracle);
    const callEndsS = Math.min(options.seconds, elapsedS() + options.callSeconds);
    let nextSampleS = elapsedS() + Math.min(10, options.sampleSeconds);
    while (elapsedS() < callEndsS && !isOver()) {
      if (elapsedS() >= nextSampleS) {
        nextSampleS = elapsedS() + options.sampleSeconds;
        await takeSample(true);
      }
      const round = plan.next();
      oracle.expect(round);
      await bot.request("perform", round.steps);
      await oracle.whole(ROUND_DEADLINE_MS);
      oracle.judge();
    }
    await takeSample(true);
    concealed += await concealedMs(pal);
    refused += (await bot.request("end", undefined)).refused;
  }
  await sleep(1000);
  await takeSample(false);
  const { verdict } = oracle;
  return {
    ...options,
    date: new Date().toISOString(),
    node: process.version,
    cpuCount: availableParallelism(),
    lastedS: Math.round(elapsedS()),
    calls,
    verdict,
    refused,
    concealedMs: Math.round(concealed),
    samples,
    ok:
      verdict.lostWords === 0 &&
      verdict.oldAudioMs === verdict.oldAudioOnSlowWayMs &&
      verdict.lostInterruptions === 0 &&
      refused === 0,
  };
}

async function joinCall(emulator: Emulator, bot: BenchChild<BotRequests>, oracle: Oracle): Promise<Pal> {
  const { conversationId } = await bot.request("start", undefined);
  const pal = emulator.pal(conversationId);
  if (!pal) throw new Error("The conversation has no pal.");
  oracle.listenTo(pal);
  // Let the connection settle: this bench does not measure the first packets of WebRTC.
  await sleep(500);
  return pal;
}
