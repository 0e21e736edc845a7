import { availableParallelism, loadavg } from "node:os";

import { BenchChild } from "../lib/child.ts";
import { type Percentiles, percentiles } from "../lib/percentiles.ts";
import { rounded } from "../lib/time.ts";
import { CAUSES } from "./causes.ts";
import { Lane, PAL_SILENCE_TIMEOUT_MS, type Round, WORDS } from "./lane.ts";
import { measureRepublish, type Republished } from "./republish.ts";
import type { UserRequests } from "./user-process.ts";

export const RUNTIMES = ["native", "chromium"] as const;
export type Runtime = (typeof RUNTIMES)[number];

/** What all rounds of one cause showed in one runtime. */
export interface CauseFigures {
  readonly cause: string;
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
  readonly ok: boolean;
}

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
      all.push(summarise(cause.name, rounds));
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
    ok: [...native, ...chromium].every(isMet),
  };
}

/** Whether nothing was lost or said twice, and the bot was heard in time. */
export function isMet(figures: CauseFigures): boolean {
  const { lostWords, doubledWords, overlaps, misremembered, leftOpen, errors, noticedToAudibleMs: audible } = figures;
  const nothingWrong = lostWords + doubledWords + overlaps + misremembered + leftOpen + errors.length === 0;
  return nothingWrong && audible.lost === 0 && (audible.p95 ?? Infinity) <= AUDIBLE_P95_MS;
}

function summarise(cause: string, rounds: readonly Round[]): CauseFigures {
  const sum = (of: (round: Round) => number): number => rounds.reduce((total, round) => total + of(round), 0);
  const reasons: Record<string, number> = {};
  for (const { reason = "none" } of rounds) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return {
    cause,
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
