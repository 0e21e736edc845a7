import { availableParallelism, loadavg } from "node:os";

import { startEmulator } from "../../src/emulator/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { BenchChild } from "../lib/child.ts";
import { type Percentiles, percentiles } from "../lib/percentiles.ts";
import { rounded } from "../lib/time.ts";
import { type Cause, CAUSES } from "./causes.ts";
import { Lane, PAL_SILENCE_TIMEOUT_MS, type Round, WORDS } from "./lane.ts";
import { measureLipOffset } from "./lip-offset.ts";
import { measureRepublish, type Republished } from "./republish.ts";
import type { UserRequests } from "./user-process.ts";

export const RUNTIMES = ["native", "chromium"] as const;
export type Runtime = (typeof RUNTIMES)[number];

/** What all rounds of one cause showed in one runtime. */
export interface CauseFigures {
  readonly cause: string;
  /** Whether there was a call to go on with; otherwise the bot's join is part of the time until it is audible. */
  readonly interruptsSpeech: boolean;
  readonly rounds: number;
  readonly failedToNoticedMs: Percentiles;
  readonly noticedToAudibleMs: Percentiles;
  readonly lostWords: number;
  readonly doubledWords: number;
  /** Rounds in which pal and bot spoke at once. */
  readonly overlaps: number;
  /** Rounds in which the context did not hold exactly what was heard. */
  readonly misremembered: number;
  readonly leftOpen: number;
  /** The reasons that the library named, with how often. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly errors: readonly string[];
}

export interface FallbackReport {
  readonly date: string;
  readonly node: string;
  readonly cpuCount: number;
  readonly quick: boolean;
  /** The machine's load, at the beginning and at the end. Both runtimes are measured at the same time. */
  readonly load1: readonly [before: number, after: number];
  readonly lastedS: number;
  readonly words: number;
  readonly palSilenceTimeoutMs: number;
  readonly native: readonly CauseFigures[];
  readonly chromium: readonly CauseFigures[];
  /** What a picture costs that is shown in another room. */
  readonly republishing: readonly Republished[];
  /** How far the picture of a pal that is shown in another room is from its sound. */
  readonly lips: readonly LipFigures[];
  readonly ok: boolean;
}

export interface LipFigures {
  readonly runtime: Runtime;
  /** Positive: the picture is later than the sound. */
  readonly offsetMs: Percentiles;
  /** The distance, in either direction. */
  readonly distanceMs: Percentiles;
  readonly fps: number;
}

/** The target: of the distance between picture and sound, at p95. */
export const LIPS_P95_MS = 60;
const LIP_TONES = { full: 20, quick: 5 };
const ROUNDS = { full: 20, quick: 3 };
const REPUBLISH_S = { full: 10, quick: 3 };
const REPUBLISHED_FORMATS = [
  { width: 640, height: 360, fps: 25, maxBitrate: 800_000 },
  { width: 1280, height: 720, fps: 30, maxBitrate: 2_000_000 },
];
/** Two voices, captured apart, never end and begin in the very same moment. */
const OVERLAP_AT_MOST_MS = 40;
/** The target: from noticing to being heard, at p95. */
export const AUDIBLE_P95_MS = 1000;

/** Plays every cause in both runtimes, at the same time. */
export async function runFallbackBench(quick: boolean, progress: (line: string) => void): Promise<FallbackReport> {
  const started = performance.now();
  const loadBefore = rounded(loadavg()[0] ?? 0, 2);
  await using users = new BenchChild<UserRequests>(new URL("user-process.ts", import.meta.url), []);
  const measure = async (runtime: Runtime): Promise<CauseFigures[]> => {
    await using lane = await Lane.open(runtime, users);
    const all: CauseFigures[] = [];
    for (const cause of CAUSES) {
      const rounds: Round[] = [];
      for (let n = quick ? ROUNDS.quick : ROUNDS.full; n > 0; n--) rounds.push(await lane.play(cause));
      all.push(summarise(cause, rounds));
      progress(`${runtime}: ${asLine(all.at(-1))}`);
    }
    return all;
  };
  const [native, chromium] = await Promise.all([measure("native"), measure("chromium")]);
  // One after another, when nothing else runs: it is CPU time that is measured.
  const republishing: Republished[] = [];
  for (const format of REPUBLISHED_FORMATS) {
    for (const runtime of RUNTIMES) {
      republishing.push(await measureRepublish(runtime, format, quick ? REPUBLISH_S.quick : REPUBLISH_S.full));
      progress(
        `${runtime}: ${format.width} × ${format.height} published, ${republishing.at(-1)?.corePercent ?? "?"} % of a core`,
      );
    }
  }
  const lips: LipFigures[] = [];
  for (const runtime of RUNTIMES) {
    lips.push(await measureLips(runtime, quick ? LIP_TONES.quick : LIP_TONES.full));
    progress(`${runtime}: lips ${lips.at(-1)?.distanceMs.p95 ?? "?"} ms apart at p95`);
  }
  return {
    date: new Date().toISOString(),
    node: process.version,
    cpuCount: availableParallelism(),
    quick,
    load1: [loadBefore, rounded(loadavg()[0] ?? 0, 2)],
    lastedS: Math.round((performance.now() - started) / 1000),
    words: WORDS,
    palSilenceTimeoutMs: PAL_SILENCE_TIMEOUT_MS,
    native,
    chromium,
    republishing,
    lips,
    ok: [...native, ...chromium].every(isMet) && lips.every(areLipsInSync),
  };
}

async function measureLips(runtime: Runtime, tones: number): Promise<LipFigures> {
  await using emulator = await startEmulator({ pal: { join: "early" }, logger: silentLogger });
  const { offsetsMs, unpaired, fps } = await measureLipOffset(emulator, runtime, tones);
  const lost = Array.from({ length: unpaired }, () => undefined);
  return {
    runtime,
    offsetMs: percentiles([...offsetsMs, ...lost]),
    distanceMs: percentiles([...offsetsMs.map(Math.abs), ...lost]),
    fps: rounded(fps),
  };
}

export function areLipsInSync({ distanceMs: { p95, lost } }: LipFigures): boolean {
  return lost === 0 && p95 !== null && p95 <= LIPS_P95_MS;
}

/** Whether nothing was lost or said twice, and the bot was heard in time. */
export function isMet(figures: CauseFigures): boolean {
  const { lostWords, doubledWords, overlaps, misremembered, leftOpen, errors, noticedToAudibleMs: audible } = figures;
  const nothingWrong = lostWords + doubledWords + overlaps + misremembered + leftOpen + errors.length === 0;
  const isInTime = !figures.interruptsSpeech || (audible.p95 ?? Infinity) <= AUDIBLE_P95_MS;
  return nothingWrong && audible.lost === 0 && isInTime;
}

function summarise({ name, fails }: Cause, rounds: readonly Round[]): CauseFigures {
  const sum = (of: (round: Round) => number): number => rounds.reduce((total, round) => total + of(round), 0);
  const reasons: Record<string, number> = {};
  for (const { reason = "none" } of rounds) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return {
    cause: name,
    interruptsSpeech: fails.at === "speech" || fails.at === "join",
    rounds: rounds.length,
    failedToNoticedMs: percentiles(rounds.map(({ failedToNoticedMs }) => failedToNoticedMs)),
    noticedToAudibleMs: percentiles(rounds.map(({ noticedToAudibleMs }) => noticedToAudibleMs)),
    lostWords: sum(({ verdict }) => verdict.lost.length),
    doubledWords: sum(({ verdict }) => verdict.doubled.length),
    overlaps: sum(({ verdict }) => (verdict.overlapMs > OVERLAP_AT_MOST_MS || !verdict.inOrder ? 1 : 0)),
    misremembered: sum(({ isRemembered }) => (isRemembered ? 0 : 1)),
    leftOpen: sum(({ leftOpen }) => leftOpen),
    reasons,
    errors: rounds.flatMap(({ error }) => (error === undefined ? [] : [error])),
  };
}

function asLine(figures: CauseFigures | undefined): string {
  if (!figures) return "";
  const { cause, rounds, failedToNoticedMs: noticed, noticedToAudibleMs: audible, lostWords, doubledWords } = figures;
  return `${cause}: ${rounds} rounds, noticed ${noticed.p50 ?? "never"} ms, audible ${audible.p50 ?? "never"} ms, ${lostWords} lost, ${doubledWords} twice`;
}
