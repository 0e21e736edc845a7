import { alignColumns } from "../lib/columns.ts";
import { describeLoads, type MeasuredLoad } from "../lib/quiet-runs.ts";
import type { Percentiles } from "../lib/percentiles.ts";
import type { Continuous } from "./continuous.ts";
import type { Cpu } from "./cpu.ts";
import type { JoinMs } from "./join.ts";
import type { InterruptToSilence, WriteToPal } from "./latency.ts";
import type { StallRecovery } from "./stall.ts";
import { type Runtime, RUNTIMES } from "./stage.ts";

export interface VoiceFigures {
  readonly writeToPalMs: WriteToPal;
  readonly userToBotMs: Percentiles;
  readonly stallRecovery: readonly StallRecovery[];
  readonly interruptToSilenceMs: InterruptToSilence;
  /** With one core kept busy by another process. */
  readonly continuous: Continuous;
  /** With all of them. */
  readonly continuousAllBusy: Continuous;
  readonly joinMs: JoinMs;
  readonly cpu: Cpu;
}

/** One target of the project, and whether it is met. */
export interface Target {
  readonly name: string;
  readonly runtime: Runtime;
  readonly limit: number;
  readonly measured: number | null;
  readonly ok: boolean;
}

export interface VoiceReport {
  readonly date: string;
  readonly node: string;
  readonly cpuCount: number;
  readonly quick: boolean;
  readonly native: VoiceFigures;
  readonly chromium: VoiceFigures;
  readonly loads: readonly MeasuredLoad[];
  readonly targets: readonly Target[];
  readonly ok: boolean;
}

type Pick = readonly [
  name: string,
  limits: Readonly<Record<Runtime, number>>,
  of: (figures: VoiceFigures) => number | null,
];

const both = (limit: number): Record<Runtime, number> => ({ native: limit, chromium: limit });

const TARGETS: readonly Pick[] = [
  ["write to pal, p50 ms", both(60), ({ writeToPalMs }) => writeToPalMs.frame.p50],
  ["write to pal, p95 ms", both(90), ({ writeToPalMs }) => writeToPalMs.frame.p95],
  ["user to bot, p50 ms", both(80), ({ userToBotMs }) => userToBotMs.p50],
  ["interruption to silence, p95 ms", both(90), ({ interruptToSilenceMs }) => interruptToSilenceMs.pal.p95],
  ["dropouts, 10 ms blocks", both(0), ({ continuous }) => continuous.dropouts],
  ["phase jumps", both(0), ({ continuous }) => continuous.phaseJumps],
  ["dropouts, all cores busy", both(0), ({ continuousAllBusy }) => continuousAllBusy.dropouts],
  ["join, later or warm, p50 ms", { native: 150, chromium: 600 }, ({ joinMs }) => joinMs.later.p50],
  ["join, first or cold, p50 ms", { native: 150, chromium: 2000 }, ({ joinMs }) => joinMs.first.p50],
  ["CPU, % of a core", { native: 15, chromium: 25 }, ({ cpu }) => cpu.corePercent],
  [
    "impulses that never arrived",
    both(0),
    ({ writeToPalMs, userToBotMs }) => writeToPalMs.frame.lost + userToBotMs.lost,
  ],
];

export function checkTargets(figures: Readonly<Record<Runtime, VoiceFigures>>): Target[] {
  return TARGETS.flatMap(([name, limits, of]) =>
    RUNTIMES.map((runtime) => {
      const measured = of(figures[runtime]);
      return { name, runtime, limit: limits[runtime], measured, ok: measured !== null && measured <= limits[runtime] };
    }),
  );
}

const value = (n: number | null): string => String(n ?? "–");

function row({ n, lost, p50, p95, max }: Percentiles): string {
  return `${value(p50)} / ${value(p95)} / ${value(max)} (n ${n}${lost > 0 ? `, ${lost} lost` : ""})`;
}

function toneRows(when: string, tone: Continuous): readonly (readonly [string, string])[] {
  const { dropouts, longestGapMs, phaseJumps, seconds, jitterBufferMs, concealedMs, stretchedMs, cutMs } = tone;
  return [
    [
      `continuous tone, ${when}`,
      `${dropouts} dropouts (longest ${longestGapMs} ms), ${phaseJumps} jumps in ${seconds} s`,
    ],
    ["  jitter buffer", `${jitterBufferMs} ms; ${concealedMs} concealed, ${stretchedMs} stretched, ${cutMs} cut`],
  ];
}

function rows(figures: VoiceFigures): readonly (readonly [string, string])[] {
  const { writeToPalMs, userToBotMs, stallRecovery, interruptToSilenceMs, joinMs, cpu } = figures;
  const { continuous, continuousAllBusy } = figures;
  const list = (values: readonly (number | null)[]): string => values.map((n) => n ?? "never").join(", ");
  return [
    ["frame queued → pal hears it, ms", row(writeToPalMs.frame)],
    ["sink written → pal hears it, ms", row(writeToPalMs.sink)],
    ["  of it in the pal's jitter buffer, mean, ms", value(writeToPalMs.palJitterBufferMs)],
    ["user's microphone → bot's frame, ms", row(userToBotMs)],
    ["interruption → pal silent, ms", row(interruptToSilenceMs.pal)],
    ["interruption → silent at a user's ear, ms", row(interruptToSilenceMs.ear)],
    ["  of it until the message is at the pal, ms", row(interruptToSilenceMs.message)],
    ["  of it from the pal to the ear, ms", row(interruptToSilenceMs.palToEar)],
    ...stallRecovery.flatMap(({ stallMs, firstDelayMs, worstDelayMs, recoveredAfterMs }) => [
      [`user stalls ${stallMs} ms: first delay, ms`, list(firstDelayMs)] as const,
      [`user stalls ${stallMs} ms: worst delay, ms`, list(worstDelayMs)] as const,
      [`user stalls ${stallMs} ms: under 80 ms again, ms`, list(recoveredAfterMs)] as const,
    ]),
    ["join, first in process (browser cold), ms", row(joinMs.first)],
    ["join, first in process, prewarmed, ms", row(joinMs.firstWarm)],
    ["join, later (prewarmed), ms", row(joinMs.later)],
    ["  of it join() alone, ms", row(joinMs.laterJoinOnly)],
    ...toneRows("one core busy", continuous),
    ...toneRows("all cores busy", continuousAllBusy),
    ["CPU, % of a core (of it Node)", `${value(cpu.corePercent)} (${value(cpu.nodePercent)})`],
    ["memory PSS / RSS, MB", `${value(cpu.pssMb)} / ${value(cpu.rssMb)} in ${cpu.processes} processes`],
  ];
}

function table(report: VoiceReport): readonly (readonly string[])[] {
  const chromium = rows(report.chromium);
  return [
    ["p50 / p95 / max", "native", "chromium"],
    ...rows(report.native).map(([name, native], i) => [name, native, chromium[i]?.[1] ?? ""]),
  ];
}

function verdict({ targets, ok }: VoiceReport): string[] {
  const missed = targets.filter((target) => !target.ok);
  return ok
    ? [`All ${targets.length} targets are met.`]
    : [
        `${missed.length} of ${targets.length} targets are missed:`,
        ...missed.map(
          ({ name, runtime, limit, measured }) => `- ${runtime}: ${name}: ${value(measured)}, limit ${limit}`,
        ),
      ];
}

function heading({ date, node, cpuCount, quick }: VoiceReport): string {
  return `Voice bench, ${date}, Node ${node}, ${cpuCount} cores${quick ? ", quick (few rounds)" : ""}`;
}

export function asText(report: VoiceReport): string {
  const aligned = alignColumns(table(report), "   ");
  return [heading(report), "", ...aligned, "", ...describeLoads(report.loads), "", ...verdict(report)].join("\n");
}

export function asMarkdown(report: VoiceReport): string {
  const [head = [], ...body] = table(report).map((line) => `| ${line.join(" | ")} |`);
  const lines = [`# ${heading(report)}`, "", head, "| --- | --- | --- |", ...body, ""];
  return [...lines, ...describeLoads(report.loads), "", ...verdict(report), ""].join("\n");
}
