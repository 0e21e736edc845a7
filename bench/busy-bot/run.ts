import { availableParallelism } from "node:os";

import { type Emulator, startEmulator } from "../../src/emulator/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { type HeldSpeech, speakWhileHeld } from "../chaos/held-loop.ts";
import { BusyCore } from "../lib/busy-core.ts";
import { BenchChild } from "../lib/child.ts";
import type { Gaps } from "../lib/gaps.ts";
import { type Percentiles, percentiles } from "../lib/percentiles.ts";
import { QuietRuns } from "../lib/quiet-runs.ts";
import type { EarRequests } from "./ear-process.ts";
import type { BusyBotReport } from "./report.ts";

/** One condition in which the bot speaks. */
export interface Scene {
  readonly name: string;
  readonly delivery: "track" | "messages";
  /** How long a handler blocks every {@link EVERY_MS}. */
  readonly holdMs: number;
  /** Processes of others that keep a core busy each. */
  readonly busyCores: number;
}

export interface BusyBotFigures {
  readonly pal: Gaps;
  readonly ear: Gaps | null;
  readonly concealedMs: number;
  readonly wordsLateMs: Percentiles;
  readonly stopLateMs: number | null;
}

export const EVERY_MS = 2000;
const TIMES = 12;
const QUICK_TIMES = 4;
/** How many measurements may be repeated in one run of the bench. */
const REPEATS = 4;
const BUSY_AT_MOST_MS = 60_000;

const track = (holdMs: number, busyCores = 0): Scene => ({
  name: `${holdMs === 0 ? "not blocked" : `blocked ${holdMs} ms`}${busyCores > 0 ? `, ${busyCores} cores busy` : ""}`,
  delivery: "track",
  ...{ holdMs, busyCores },
});
/** The end mark of an utterance is on 40 ms of silence: these are not missing. */
const byMessages: Scene = {
  name: "blocked 1000 ms, by messages (40 ms of silence end an utterance)",
  delivery: "messages",
  holdMs: 1000,
  busyCores: 0,
};

const FULL: readonly Scene[] = [
  ...[0, 100, 300, 1000].map((holdMs) => track(holdMs)),
  track(300, 2),
  track(1000, 2),
  byMessages,
];
const QUICK: readonly Scene[] = [track(300), track(1000)];

async function measure(emulator: Emulator, runtime: "native" | "chromium", scene: Scene, times: number) {
  const { delivery, holdMs, busyCores } = scene;
  await using user = new BenchChild<EarRequests>(new URL("ear-process.ts", import.meta.url), []);
  using busy = new DisposableStack();
  for (let core = 0; core < busyCores; core++) busy.use(new BusyCore(BUSY_AT_MOST_MS));
  return await speakWhileHeld(
    emulator,
    { runtime, delivery, holdMs, everyMs: EVERY_MS, times },
    {
      listenTo: (pal) => user.request("listenTo", pal),
      heard: () => user.request("heard", undefined),
    },
  );
}

function toFigures({ pal, ear, concealedMs, wordsLateMs, stopLateMs }: HeldSpeech): BusyBotFigures {
  return {
    ...{ pal, ear: ear ?? null, concealedMs },
    wordsLateMs: percentiles(wordsLateMs),
    stopLateMs: stopLateMs ?? null,
  };
}

/** Lets bots of both runtimes, in turn, speak while their event loop is blocked. Takes 8 minutes; `quick` takes 1. */
export async function runBusyBotBench(quick: boolean, progress: (line: string) => void): Promise<BusyBotReport> {
  const times = quick ? QUICK_TIMES : TIMES;
  const quiet = new QuietRuns({ repeats: quick ? 0 : REPEATS, progress });
  await using emulator = await startEmulator({ pal: { join: "early" }, logger: silentLogger });
  const rows = [];
  for (const scene of quick ? QUICK : FULL) {
    const run = async (runtime: "native" | "chromium"): Promise<BusyBotFigures> => {
      progress(`${runtime}, ${scene.name}…`);
      const name = `${runtime}, ${scene.name}`;
      return toFigures(await quiet.measure(name, () => measure(emulator, runtime, scene, times)));
    };
    rows.push({ scene, native: await run("native"), chromium: await run("chromium") });
  }
  return {
    date: new Date().toISOString(),
    node: process.version,
    cpuCount: availableParallelism(),
    quick,
    rows,
    loads: quiet.loads,
    // Handed over before: nothing of it may be missing, whatever the bot does.
    ok: rows.every(
      ({ scene, native, chromium }) =>
        scene.delivery === "messages" || native.pal.missingMs + chromium.pal.missingMs === 0,
    ),
  };
}
