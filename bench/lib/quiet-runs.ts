import { type Load, LoadWatch } from "./machine-load.ts";
import { sleep } from "./time.ts";

/** The load during one measurement of a report, and what was done about it. */
export interface MeasuredLoad {
  readonly name: string;
  /** Of the run that counts; null where the system does not say. */
  readonly load: Load | null;
  /** Whether that run, too, was spoiled by others. */
  readonly spoiled: boolean;
  /** How many runs were dropped. */
  readonly repeats: number;
}

/** What others may use without spoiling a measurement, in cores. */
const FOREIGN_MEAN = 0.15;
const FOREIGN_WORST_SECOND = 0.6;
const STOLEN_MEAN = 0.1;

/** Whether others disturbed a measurement so much that its figures are not the bench's. */
export function isSpoiled(load: Load | undefined): boolean {
  if (!load) return false;
  return load.foreign > FOREIGN_MEAN || load.foreignWorst > FOREIGN_WORST_SECOND || load.stolen > STOLEN_MEAN;
}

export interface QuietRunsOptions {
  /** How many runs may be repeated, in all measurements together. */
  readonly repeats: number;
  readonly progress: (line: string) => void;
  /** How long a repeat waits for others to be done. Default 10 000 ms. */
  readonly waitMs?: number;
  /** Starts to watch the machine. */
  readonly watch?: () => { stop(): Load | undefined };
}

const WAIT_MS = 10_000;

/** Runs a bench's measurements, repeats those that the load of others has spoiled, and keeps the account for the report. */
export class QuietRuns {
  readonly loads: MeasuredLoad[] = [];
  readonly #progress: (line: string) => void;
  readonly #watch: () => { stop(): Load | undefined };
  readonly #waitMs: number;
  #repeatsLeft: number;

  constructor({ repeats, progress, waitMs = WAIT_MS, watch = () => new LoadWatch() }: QuietRunsOptions) {
    this.#repeatsLeft = repeats;
    this.#progress = progress;
    this.#waitMs = waitMs;
    this.#watch = watch;
  }

  /** Measures once, or more often: the first quiet run counts, else the one with the least foreign load. */
  async measure<T>(name: string, measure: () => Promise<T>): Promise<T> {
    let best = await this.#run(measure);
    let repeats = 0;
    while (isSpoiled(best.load) && this.#repeatsLeft > 0) {
      this.#repeatsLeft--;
      repeats++;
      this.#progress(`${name}: spoiled by others (${asText(best.load)}), again…`);
      await this.#untilQuiet();
      const run = await this.#run(measure);
      if (!isSpoiled(run.load) || foreign(run.load) < foreign(best.load)) best = run;
    }
    this.loads.push({ name, load: best.load ?? null, spoiled: isSpoiled(best.load), repeats });
    return best.value;
  }

  async #run<T>(measure: () => Promise<T>): Promise<{ readonly value: T; readonly load: Load | undefined }> {
    const watch = this.#watch();
    let load: Load | undefined;
    try {
      const value = await measure();
      load = watch.stop();
      return { value, load };
    } finally {
      if (!load) watch.stop();
    }
  }

  async #untilQuiet(): Promise<void> {
    const stepMs = this.#waitMs / 5;
    for (let waitedMs = 0; waitedMs < this.#waitMs; waitedMs += stepMs) {
      const watch = this.#watch();
      await sleep(stepMs);
      if (!isSpoiled(watch.stop())) return;
    }
  }
}

function foreign(load: Load | undefined): number {
  return load ? load.foreign + load.stolen : 0;
}

function asText(load: Load | undefined): string {
  if (!load) return "unknown";
  const { foreign: mean, foreignWorst, stolen, loadAverage } = load;
  return `others ${mean} cores, worst second ${foreignWorst}, stolen ${stolen}, load average ${loadAverage}`;
}

/** The lines of a report about the load of the machine: one for all quiet measurements, one for each other. */
export function describeLoads(loads: readonly MeasuredLoad[]): string[] {
  const known = loads.flatMap(({ load }) => load ?? []);
  if (known.length === 0) return ["How loaded the machine was is unknown: it has no /proc."];
  const most = (of: (load: Load) => number): number => Math.max(...known.map(of));
  const named = loads.filter(({ spoiled, repeats }) => spoiled || repeats > 0);
  return [
    `Others on the machine during ${known.length} measurements: at most ${most((load) => load.foreign)} cores on average, ` +
      `${most((load) => load.foreignWorst)} in the worst second; stolen by other machines: at most ${most((load) => load.stolen)}; ` +
      `load average, the bench included: up to ${most((load) => load.loadAverage)}.`,
    named.length === 0
      ? "Nothing had to be repeated."
      : "Measurements that others disturbed (above " +
        `${FOREIGN_MEAN} cores on average, ${FOREIGN_WORST_SECOND} in a second, or ${STOLEN_MEAN} stolen):`,
    ...named.map(
      ({ name, load, spoiled, repeats }) =>
        `- ${name}: repeated ${repeats} times; ${spoiled ? "**still disturbed**" : "then quiet"}: ${asText(load ?? undefined)}.`,
    ),
  ];
}
