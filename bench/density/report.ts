import { describeSpeed, type MachineSpeed } from "../lib/machine-speed.ts";
import { describeLoads, type MeasuredLoad } from "../lib/quiet-runs.ts";
import { rounded } from "../lib/time.ts";
import type { Runtime } from "./crew.ts";
import type { Step } from "./step.ts";

/** What was found of one runtime. */
export interface RuntimeFigures {
  readonly runtime: Runtime;
  readonly steps: readonly Step[];
  /** Why there are no more steps. */
  readonly stopped: "plan" | "dropout" | "failure" | "time";
  readonly callsWithoutDropout: number;
  readonly farSideIsRaised: boolean;
}

export interface DensityTarget {
  readonly name: string;
  readonly runtime: Runtime;
  readonly limit: number;
  readonly measured: number | null;
  readonly ok: boolean;
}

export interface DensityReport {
  readonly date: string;
  readonly node: string;
  readonly quick: boolean;
  readonly speed: MachineSpeed;
  readonly runtimes: readonly RuntimeFigures[];
  readonly loads: readonly MeasuredLoad[];
  readonly targets: readonly DensityTarget[];
  readonly ok: boolean;
}

/** What each further call costs, between one call and the most without a dropout. */
export interface FurtherCall {
  readonly cpuPercent: number | null;
  readonly memoryMb: number | null;
}

/** Enough calls to tell a call's memory from the rest. */
const goodSteps = ({ steps }: RuntimeFigures): readonly Step[] => steps.filter(({ verdict }) => verdict.ok);

export function furtherCall(figures: RuntimeFigures): FurtherCall {
  const good = [...goodSteps(figures)].sort((a, b) => a.calls - b.calls);
  const first = good[0];
  const last = good.at(-1);
  if (!first || !last || first === last) return { cpuPercent: null, memoryMb: null };
  const perCall = (from: number, to: number): number => rounded((to - from) / (last.calls - first.calls));
  return {
    cpuPercent: perCall(first.botsPercent, last.botsPercent),
    memoryMb: first.pssMb === null || last.pssMb === null ? null : perCall(first.pssMb, last.pssMb),
  };
}

/** Share of the machine that the bots could use for themselves, were the far side elsewhere. */
const USABLE = 0.9;

/** How many calls the bots' own CPU would allow, extrapolated; null without two good steps. */
export function callsByOwnCpu(figures: RuntimeFigures, cores: number): number | null {
  const [first] = goodSteps(figures);
  const { cpuPercent } = furtherCall(figures);
  if (!first || cpuPercent === null || cpuPercent <= 0) return null;
  return Math.floor(first.calls + (cores * USABLE * 100 - first.botsPercent) / cpuPercent);
}

type Pick = readonly [
  name: string,
  limits: Readonly<Record<Runtime, number>>,
  is: "atLeast" | "atMost",
  of: (figures: RuntimeFigures) => number | null,
];

const TARGETS: readonly Pick[] = [
  [
    "calls without a dropout",
    { native: 40, chromium: 16 },
    "atLeast",
    ({ callsWithoutDropout }) => callsWithoutDropout,
  ],
  [
    "CPU for one call, % of a core",
    { native: 6, chromium: 12 },
    "atMost",
    ({ steps }) => steps[0]?.botsPercent ?? null,
  ],
  [
    "memory for each further call, MB",
    { native: 5, chromium: 40 },
    "atMost",
    (figures) => furtherCall(figures).memoryMb,
  ],
];

export function checkTargets(all: readonly RuntimeFigures[]): DensityTarget[] {
  return TARGETS.flatMap(([name, limits, is, of]) =>
    all.map((figures) => {
      const limit = limits[figures.runtime];
      const measured = of(figures);
      const ok = measured !== null && (is === "atLeast" ? measured >= limit : measured <= limit);
      return { name, runtime: figures.runtime, limit, measured, ok };
    }),
  );
}

const COLUMNS = [
  "calls",
  "bots' CPU (of it their Node process)",
  "per call",
  "emulator",
  "users",
  "memory PSS",
  "missing at pals: dropouts, longest gap, made up",
  "missing at bots, longest silence",
  "jitter buffer",
  "joins, median",
] as const;

function row(step: Step): string[] {
  const { calls, botsPercent, botsNodePercent, emulatorPercent, usersPercent, pssMb, verdict, joinMs } = step;
  const joins = [...(joinMs ?? [])].sort((a, b) => a - b);
  const join = joins[Math.floor(joins.length / 2)];
  return [
    `${calls}${verdict.ok ? "" : " ✗"}`,
    `${botsPercent} % (${botsNodePercent})`,
    `${rounded(botsPercent / calls)} %`,
    `${emulatorPercent} %`,
    `${usersPercent} %`,
    `${pssMb ?? "–"} MB`,
    `${verdict.dropouts}, ${verdict.longestGapMs} ms, ${verdict.worstConcealedMs} ms`,
    `${verdict.worstMissingMs} ms, ${verdict.longestSilenceMs} ms`,
    `${verdict.worstJitterBufferMs} ms`,
    join === undefined ? "–" : `${Math.round(join)} ms`,
  ];
}

const WHY = {
  plan: "No dropout up to the end of the plan.",
  dropout: "Then something was missing.",
  failure: "Then a call could not be started.",
  time: "Then the time of the bench was up.",
} as const;

function summary(figures: RuntimeFigures, cores: number): string[] {
  const { runtime, callsWithoutDropout, stopped, steps, farSideIsRaised } = figures;
  const further = furtherCall(figures);
  const end = steps.find(({ verdict }) => !verdict.ok) ?? steps.at(-1);
  const lines = [
    `**${runtime}: ${callsWithoutDropout} calls without a dropout.** ${WHY[stopped]} ` +
      `Each further call: ${further.cpuPercent ?? "–"} % of a core, ${further.memoryMb ?? "–"} MB.`,
  ];
  if (end) {
    const far = rounded(end.emulatorPercent + end.usersPercent);
    const used = rounded(end.botsPercent + far);
    if (used > cores * 90) {
      lines.push(
        `At ${end.calls} calls the machine was full: ${used} % of ${cores * 100} %, of which the far side (emulator and users, which ` +
          `in reality run elsewhere) took ${far} %. By the bots' own CPU alone about ${callsByOwnCpu(figures, cores) ?? "–"} calls ` +
          "would fit; this number is extrapolated, not measured.",
      );
    }
  }
  if (!farSideIsRaised)
    lines.push("The system does not permit to prefer the far side: it may have been what was starved.");
  return lines;
}

function profile({ runtime, steps }: RuntimeFigures): string[] {
  const last = steps.filter(({ verdict }) => verdict.ok).at(-1);
  if (!last || last.threads.length === 0) return [];
  const costs = last.threads.map(({ name, corePercent }) => `${name} ${corePercent} %`);
  return [`Costliest threads, ${runtime}, ${last.calls} calls: ${costs.join("; ")}.`, ""];
}

/** The report as Markdown, which is readable as text as well. */
export function asMarkdown(report: DensityReport): string {
  const { date, node, quick, speed, runtimes, loads, targets } = report;
  const head = `# Density bench, ${date}, Node ${node}, ${speed.cores} cores${quick ? ", quick (few steps)" : ""}`;
  const tables = runtimes.flatMap((figures) => [
    ...summary(figures, speed.cores).flatMap((line) => [line, ""]),
    `| ${COLUMNS.join(" | ")} |`,
    `| ${COLUMNS.map(() => "---").join(" | ")} |`,
    ...figures.steps.map((one) => `| ${row(one).join(" | ")} |`),
    "",
    ...profile(figures),
  ]);
  const verdicts = targets.map(
    ({ name, runtime, limit, measured, ok }) =>
      `- ${ok ? "met" : "**missed**"}: ${runtime}, ${name}: ${measured ?? "–"}, target ${limit}`,
  );
  return [
    head,
    "",
    "Bots of one process speak to their pals and hear their users, both without a pause; CPU in % of one core.",
    "",
    ...tables,
    describeSpeed(speed),
    ...describeLoads(loads),
    "",
    ...verdicts,
    "",
  ].join("\n");
}
