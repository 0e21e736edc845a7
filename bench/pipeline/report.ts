import { nearestRank } from "../../src/util/nearest-rank.ts";
import { rounded } from "../lib/time.ts";
import type { ObservedPair, Pair } from "./measure-process.ts";
import type { LoopHolds } from "./event-loop.ts";
import type { Hour } from "./hour.ts";
import type { InterruptionTimes } from "./interruption.ts";

export interface Measured {
  readonly hops: Pair;
  readonly traverse: Pair;
  readonly interruptions: InterruptionTimes;
  readonly loop: LoopHolds;
  readonly call: Hour;
  readonly observed: ObservedPair;
}

interface Target {
  readonly name: string;
  readonly limit: number;
  readonly measured: number;
  readonly ok: boolean;
}

export interface PipelineReport {
  readonly date: string;
  readonly node: string;
  readonly cpuCount: number;
  readonly quick: boolean;
  readonly hopsPerSecond: number;
  readonly traverseMs: { readonly p50: number; readonly p99: number };
  /** p50 of an interruption through ten busy processors with 10 000 frames queued. */
  readonly interruptMs: number;
  readonly interruptP99Ms: number;
  readonly interruptMaxMs: number;
  readonly leakedFrames: number;
  readonly heapGrowthBytes: number;
  readonly callMinutes: number;
  readonly callCpuPercent: number;
  readonly eventLoopHoldMaxMs: number;
  /** Without garbage collection and preempted turns; null when every turn was preempted. */
  readonly eventLoopHoldMaxOwnMs: number | null;
  readonly eventLoopTurns: number;
  readonly eventLoopPreemptedTurns: number;
  /** Throughput with one observer that does nothing, divided by the throughput without. */
  readonly observedRatio: number;
  /** Ours divided by theirs, in the same run; more than 1 means that ours does more hops, or takes less time. */
  readonly ratios: Readonly<Record<string, { readonly hops: number; readonly traverse: number }>>;
  readonly targets: readonly Target[];
  readonly ok: boolean;
}

export function makeReport(measured: Measured, quick: boolean, cpuCount: number): PipelineReport {
  const { hops, traverse, interruptions, loop, call, observed } = measured;
  const hopsPerSecond = Math.round(quantile(hops.ours, 0.5));
  const traverseMs = {
    p50: rounded(quantile(traverse.ours, 0.5), 4),
    p99: rounded(quantile(traverse.ours, 0.99), 4),
  };
  const figures = {
    hopsPerSecond,
    traverseMs,
    interruptMs: rounded(quantile(interruptions.ms, 0.5), 3),
    interruptP99Ms: rounded(quantile(interruptions.ms, 0.99), 3),
    interruptMaxMs: rounded(Math.max(...interruptions.ms), 3),
    leakedFrames: interruptions.leaked,
    heapGrowthBytes: call.heapGrowthBytes,
    callMinutes: call.minutes,
    callCpuPercent: rounded(call.cpuPercent, 3),
    eventLoopHoldMaxMs: rounded(loop.maxMs, 2),
    eventLoopHoldMaxOwnMs: loop.maxOwnMs === undefined ? null : rounded(loop.maxOwnMs, 2),
    eventLoopTurns: loop.turns,
    eventLoopPreemptedTurns: loop.preemptedTurns,
  };
  const streams = { hopsPerSecond: quantile(hops.streams, 0.5), traverseMs: quantile(traverse.streams, 0.5) };
  const ratioTo = (other: { hopsPerSecond: number; traverseMs: number }): { hops: number; traverse: number } => ({
    hops: rounded(hopsPerSecond / other.hopsPerSecond, 2),
    traverse: rounded(other.traverseMs / traverseMs.p50, 2),
  });
  const targets = [
    atLeast("frame-hops per second", 1_000_000, hopsPerSecond),
    atMost("one frame through ten processors, p50 ms", 0.05, traverseMs.p50),
    atMost("interruption with 10 000 frames queued, p50 ms", 2, figures.interruptMs),
    atMost("the same, p99 ms", 2, figures.interruptP99Ms),
    atMost("interrupted frames that came through", 0, interruptions.leaked),
    atMost("an hour of audio: heap growth, bytes", 1_000_000, call.heapGrowthBytes),
    atMost("an hour of audio: CPU, % of a core", 1, figures.callCpuPercent),
    atMost("event loop held by the pipeline itself, longest, ms", 5, figures.eventLoopHoldMaxOwnMs ?? Infinity),
  ];
  return {
    date: new Date().toISOString(),
    node: process.version,
    cpuCount,
    quick,
    ...figures,
    observedRatio: rounded(quantile(observed.observed, 0.5) / quantile(observed.plain, 0.5), 2),
    ratios: { "Node streams": ratioTo(streams) },
    targets,
    ok: targets.every(({ ok }) => ok),
  };
}

export function asText(report: PipelineReport): string {
  const width = Math.max(...report.targets.map(({ name }) => name.length));
  return [
    heading(report),
    "",
    ...report.targets.map(
      ({ name, limit, measured, ok }) => `${ok ? "ok  " : "MISS"} ${name.padEnd(width)}  ${measured} (target ${limit})`,
    ),
    "",
    ...details(report),
  ].join("\n");
}

export function asMarkdown(report: PipelineReport): string {
  return [
    `# ${heading(report)}`,
    "",
    "| target | limit | measured | |",
    "| --- | --- | --- | --- |",
    ...report.targets.map(
      ({ name, limit, measured, ok }) => `| ${name} | ${limit} | ${measured} | ${ok ? "met" : "**missed**"} |`,
    ),
    "",
    ...details(report).map((line) => `- ${line}`),
    "",
  ].join("\n");
}

function heading({ date, node, cpuCount, quick }: PipelineReport): string {
  return `Pipeline bench, ${date}, Node ${node}, ${cpuCount} cores${quick ? ", quick (few rounds)" : ""}`;
}

function details(report: PipelineReport): string[] {
  return [
    `one frame through ten processors, p99: ${report.traverseMs.p99} ms`,
    `interruption, longest: ${report.interruptMaxMs} ms`,
    `event loop held, longest of all ${report.eventLoopTurns} turns, with garbage collection and preemption: ${report.eventLoopHoldMaxMs} ms (${report.eventLoopPreemptedTurns} turns preempted)`,
    `one observer that does nothing leaves ${report.observedRatio} of the throughput`,
    `simulated call: ${report.callMinutes} minutes`,
    ...Object.entries(report.ratios).map(
      ([name, { hops, traverse }]) =>
        `against ${name}: ${hops} times the hops, ${traverse} times the speed for one frame`,
    ),
  ];
}

function atLeast(name: string, limit: number, measured: number): Target {
  return { name, limit, measured, ok: measured >= limit };
}

function atMost(name: string, limit: number, measured: number): Target {
  return { name, limit, measured, ok: measured <= limit };
}

function quantile(values: readonly number[], share: number): number {
  return (
    nearestRank(
      values.toSorted((a, b) => a - b),
      share,
    ) ?? NaN
  );
}
