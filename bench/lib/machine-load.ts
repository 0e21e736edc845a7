import { readdirSync, readFileSync } from "node:fs";
import { loadavg } from "node:os";

import { processTimes } from "./process-tree.ts";
import { monotonicMs, rounded } from "./time.ts";

/** CPU time until now, in seconds: of the bench (a process and its descendants), of all others, and of other machines. */
export interface CpuSample {
  readonly atMs: number;
  readonly ownS: number;
  readonly foreignS: number;
  /** What the hypervisor gave to other machines while this one wanted to run. */
  readonly stolenS: number;
}

/** How loaded the machine was while something was measured, in cores. */
export interface Load {
  readonly seconds: number;
  readonly own: number;
  /** CPU of processes that do not belong to the bench. */
  readonly foreign: number;
  /** The same, in the worst second. */
  readonly foreignWorst: number;
  readonly stolen: number;
  /** The system's load average of the last minute, at the end. */
  readonly loadAverage: number;
}

const TICKS_PER_SECOND = 100;

function readStolenS(): number {
  const [cpu = ""] = readFileSync("/proc/stat", "utf8").split("\n", 1);
  return Number(cpu.trim().split(/\s+/)[8] ?? 0) / TICKS_PER_SECOND;
}

/** Reads all processes; undefined on systems without /proc. */
export function sampleCpu(root = process.pid): CpuSample | undefined {
  try {
    const pids = readdirSync("/proc").map(Number);
    const times = new Map(
      pids.flatMap((pid) => {
        const read = pid > 0 ? processTimes(pid) : undefined;
        return read ? [[pid, read]] : [];
      }),
    );
    const isOwn = (pid: number): boolean => {
      for (let at: number | undefined = pid; at !== undefined; at = times.get(at)?.parent) if (at === root) return true;
      return false;
    };
    let ownS = 0;
    let foreignS = 0;
    // With the time of children that have ended, because a process that ends hands its own on: no sum ever shrinks. Not so for
    // the first process: it inherits orphans, such as a browser that outlived its bot, whose time was counted as the bench's.
    for (const [pid, { cpuS, endedChildrenS }] of times) {
      if (isOwn(pid)) ownS += cpuS + endedChildrenS;
      else foreignS += pid === 1 ? cpuS : cpuS + endedChildrenS;
    }
    return { atMs: monotonicMs(), ownS, foreignS, stolenS: readStolenS() };
  } catch {
    return undefined;
  }
}

const SAMPLE_EVERY_MS = 1000;
/** A shorter piece at the end says nothing by itself: the unit of CPU time is 10 ms. */
const SHORTEST_MS = 500;

/** Watches the machine's load from its creation until {@link stop}. */
export class LoadWatch {
  readonly #sample: () => CpuSample | undefined;
  readonly #samples: CpuSample[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(sample: () => CpuSample | undefined = sampleCpu, everyMs = SAMPLE_EVERY_MS) {
    this.#sample = sample;
    this.#take();
    this.#timer = setInterval(() => this.#take(), everyMs);
  }

  /** Undefined on systems without /proc. */
  stop(): Load | undefined {
    clearInterval(this.#timer);
    this.#take();
    return summarize(this.#samples);
  }

  #take(): void {
    const sample = this.#sample();
    if (sample) this.#samples.push(sample);
  }
}

export function summarize(samples: readonly CpuSample[]): Load | undefined {
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last || last.atMs <= first.atMs) return undefined;
  const cores = (what: "ownS" | "foreignS" | "stolenS", from: CpuSample, to: CpuSample): number =>
    Math.max(0, (to[what] - from[what]) / ((to.atMs - from.atMs) / 1000));
  const seconds = samples.slice(1).map((to, index) => ({ from: samples[index] ?? first, to }));
  const worst = seconds
    .filter(({ from, to }) => to.atMs - from.atMs >= SHORTEST_MS)
    .map(({ from, to }) => cores("foreignS", from, to));
  const foreign = cores("foreignS", first, last);
  return {
    seconds: rounded((last.atMs - first.atMs) / 1000),
    own: rounded(cores("ownS", first, last), 2),
    foreign: rounded(foreign, 2),
    foreignWorst: rounded(Math.max(foreign, ...worst), 2),
    stolen: rounded(cores("stolenS", first, last), 2),
    loadAverage: rounded(loadavg()[0] ?? 0, 2),
  };
}
