import { availableParallelism, loadavg } from "node:os";
import { fileURLToPath } from "node:url";

import { nearestRank } from "../../src/util/nearest-rank.ts";
import type { BenchOptions } from "../lib/options.ts";
import { save as saveResults } from "../lib/results.ts";
import { rounded } from "../lib/time.ts";
import { PROCESSORS } from "../pipeline/chain.ts";
import { type PeerCommand, PeerProcess } from "./peer-process.ts";

const OURS = fileURLToPath(new URL("ours.ts", import.meta.url));
const PIPECAT = fileURLToPath(new URL("pipecat_peer.py", import.meta.url));

interface Kind {
  readonly name: string;
  readonly unit: string;
  readonly command: PeerCommand;
  /** Computes the figure of a round from its times. */
  readonly figure: (ms: readonly number[]) => number;
  readonly moreIsBetter: boolean;
}

interface Row {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly theirs: number;
  /** How many times better ours is: the median, the minimum and the maximum of the rounds. */
  readonly ratio: number;
  readonly least: number;
  readonly most: number;
}

/**
 * Runs `npm run bench -- peers`: our pipeline and Pipecat's, each in its own process and with a task, in turns. It has no
 * targets. Without Python, or without Pipecat in it, it prints that it is skipped.
 */
export async function peers({ json, quick, save, python }: BenchOptions): Promise<boolean> {
  using theirs = await PeerProcess.start(python, [PIPECAT]);
  if (!theirs) {
    console.error(
      `Skipped: Pipecat. "${python}" is missing or has no pipecat-ai; pip install pipecat-ai==1.14.0, then`,
    );
    console.error(`npm run bench -- peers --python PATH_TO_THAT_PYTHON`);
    return true;
  }
  using ours = await PeerProcess.start(process.execPath, [OURS]);
  if (!ours) throw new Error("Our own side of the bench did not start.");
  const rounds = quick ? 2 : 5;
  const rows: Row[] = [];
  for (const kind of listKinds(quick)) {
    console.error(`${kind.name} …`);
    rows.push(await compare(kind, { ours, theirs, rounds }));
  }
  const about = {
    date: new Date().toISOString(),
    cpuCount: availableParallelism(),
    load: rounded(loadavg()[0] ?? 0),
    rounds,
  };
  const report = { ...about, ours: ours.name, theirs: theirs.name, rows };
  if (json) console.log(JSON.stringify(report));
  else console.log(asMarkdown(report));
  if (save) await saveResults("peers", report, asMarkdown(report));
  return true;
}

function listKinds(quick: boolean): readonly Kind[] {
  const frames = quick ? 500 : 2000;
  const rounds = quick ? 100 : 500;
  const both = [false, true].flatMap((yields): Kind[] => {
    const how = yields ? ", each handler yields once" : "";
    return [
      {
        name: `frame-hops per second, ${PROCESSORS} processors${how}`,
        unit: "1/s",
        command: { do: "hops", yields, frames },
        figure: (ms) => (frames * PROCESSORS * 1000) / (ms[0] ?? NaN),
        moreIsBetter: true,
      },
      {
        name: `one frame through ${PROCESSORS} processors, p50${how}`,
        unit: "ms",
        command: { do: "traverse", yields, rounds },
        figure: median,
        moreIsBetter: false,
      },
    ];
  });
  const queued = quick ? 1000 : 10_000;
  const interruption: Kind = {
    name: `from an interruption until ${queued} queued frames are dropped and it has passed`,
    unit: "ms",
    command: { do: "interrupt", frames: queued },
    figure: (ms) => ms[0] ?? NaN,
    moreIsBetter: false,
  };
  return [...both, interruption];
}

/** Measures in turns, so that noise on the machine affects both; the first round of each warms up and does not count. */
async function compare(
  { name, unit, command, figure, moreIsBetter }: Kind,
  { ours, theirs, rounds }: { readonly ours: PeerProcess; readonly theirs: PeerProcess; readonly rounds: number },
): Promise<Row> {
  const pairs: { readonly ours: number; readonly theirs: number }[] = [];
  for (let round = -1; round < rounds; round++) {
    const pair = { ours: figure(await ours.ask(command)), theirs: figure(await theirs.ask(command)) };
    if (round >= 0) pairs.push(pair);
  }
  const ratios = pairs.map((pair) => (moreIsBetter ? pair.ours / pair.theirs : pair.theirs / pair.ours));
  const digits = unit === "ms" ? 3 : 0;
  return {
    ...{ name, unit },
    ours: rounded(median(pairs.map((pair) => pair.ours)), digits),
    theirs: rounded(median(pairs.map((pair) => pair.theirs)), digits),
    ratio: rounded(median(ratios)),
    least: rounded(Math.min(...ratios)),
    most: rounded(Math.max(...ratios)),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return nearestRank(sorted, 0.5) ?? NaN;
}

function asMarkdown(report: {
  readonly date: string;
  readonly cpuCount: number;
  /** The load average of the last minute; the bench itself adds about 1. */
  readonly load: number;
  readonly rounds: number;
  readonly ours: string;
  readonly theirs: string;
  readonly rows: readonly Row[];
}): string {
  const { date, cpuCount, load, rounds, ours, theirs, rows } = report;
  return [
    `# Bench against peers, ${date}, ${cpuCount} cores (load ${load}), ${rounds} rounds in turns`,
    "",
    `| median | ${ours} | ${theirs} | times better, median (least to most) |`,
    "| --- | --- | --- | --- |",
    ...rows.map(
      (row) =>
        `| ${row.name} | ${row.ours} ${row.unit} | ${row.theirs} ${row.unit} | ${row.ratio} (${row.least} to ${row.most}) |`,
    ),
    "",
  ].join("\n");
}
