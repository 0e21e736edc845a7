import { asError } from "../../src/util/errors.ts";
import { type MachineSpeed, measureMachineSpeed } from "../lib/machine-speed.ts";
import { QuietRuns } from "../lib/quiet-runs.ts";
import { monotonicMs, rounded, sleep } from "../lib/time.ts";
import { Crew, type Runtime, RUNTIMES } from "./crew.ts";
import { between, nextCount } from "./ramp.ts";
import { checkTargets, type DensityReport, type RuntimeFigures } from "./report.ts";
import { measureStep, type Step } from "./step.ts";

interface Plan {
  readonly counts: Readonly<Record<Runtime, readonly number[]>>;
  /** After joins: jitter buffers remember them. */
  readonly settleMs: number;
  readonly seconds: number;
  readonly halvings: number;
  readonly repeats: number;
  /** When no further step is begun, for each runtime. */
  readonly deadlineMs: number;
}

const FULL: Plan = {
  counts: { native: [1, 5, 10, 20, 30, 40, 50, 60, 80], chromium: [1, 2, 4, 8, 12, 16, 20, 24, 32] },
  settleMs: 4000,
  seconds: 10,
  halvings: 2,
  repeats: 4,
  deadlineMs: 220_000,
};
const QUICK: Plan = {
  counts: { native: [1, 4], chromium: [1, 3] },
  settleMs: 2000,
  seconds: 4,
  halvings: 0,
  repeats: 0,
  deadlineMs: 40_000,
};

type Progress = (line: string) => void;

interface Ramp {
  readonly runtime: Runtime;
  readonly plan: Plan;
  readonly cores: number;
  readonly quiet: QuietRuns;
  readonly progress: Progress;
}

/** Measures this many calls; once more when something was missing, because joins disturb those who are there. */
async function step(crew: Crew, calls: number, { runtime, plan, quiet, progress }: Ramp): Promise<Step> {
  const joinMs = await crew.resize(calls);
  const name = `${runtime}, ${calls} calls`;
  const measure = async (): Promise<Step> => {
    await sleep(plan.settleMs);
    return measureStep(crew, plan.seconds);
  };
  let measured = await quiet.measure(name, measure);
  if (!measured.verdict.ok) measured = await quiet.measure(`${name}, again`, measure);
  const { botsPercent, emulatorPercent, usersPercent, verdict } = measured;
  const sound = verdict.ok ? "nothing missing" : `${verdict.spoiledCalls} calls with something missing`;
  progress(`${name}: bots ${botsPercent} %, emulator ${emulatorPercent} %, users ${usersPercent} %; ${sound}`);
  return { ...measured, joinMs };
}

/** Adds calls until something is missing in one of them, then looks for the number in between. */
async function ramp(options: Ramp): Promise<RuntimeFigures> {
  const { runtime, plan, cores, progress } = options;
  await using crew = await Crew.start(runtime);
  const endMs = monotonicMs() + plan.deadlineMs;
  const steps: Step[] = [];
  let good: Step | undefined;
  let bad: number | undefined;
  let stopped: RuntimeFigures["stopped"] = "plan";
  let halvings = plan.halvings;
  for (let calls: number | undefined = 1; calls !== undefined;) {
    if (monotonicMs() > endMs) {
      stopped = "time";
      break;
    }
    try {
      const measured: Step = await step(crew, calls, options);
      steps.push(measured);
      if (measured.verdict.ok) good = measured;
      else bad = Math.min(bad ?? Infinity, calls);
    } catch (thrown) {
      // Joins that fail are the end of what fits, too.
      progress(`${runtime}, ${calls} calls: ${asError(thrown).message}`);
      stopped = "failure";
      break;
    }
    if (bad === undefined) {
      calls = nextCount(plan.counts[runtime], { calls, usedCores: usedCores(good) }, cores);
    } else {
      stopped = "dropout";
      calls = halvings-- > 0 ? between(good?.calls ?? 0, bad) : undefined;
    }
  }
  return { runtime, steps, stopped, callsWithoutDropout: good?.calls ?? 0, farSideIsRaised: crew.farSideIsRaised };
}

export function usedCores(measured: Step | undefined): number {
  if (!measured) return 0;
  const { botsPercent, emulatorPercent, usersPercent } = measured;
  return rounded((botsPercent + emulatorPercent + usersPercent) / 100, 2);
}

/** Runs the whole bench: less than 10 minutes, `quick` less than 2. */
export async function runDensityBench(
  quick: boolean,
  runtimes: readonly Runtime[],
  progress: Progress,
): Promise<DensityReport> {
  const plan = quick ? QUICK : FULL;
  const speed: MachineSpeed = await measureMachineSpeed();
  const quiet = new QuietRuns({ repeats: plan.repeats, progress });
  const all: RuntimeFigures[] = [];
  for (const runtime of RUNTIMES.filter((one) => runtimes.includes(one)))
    all.push(await ramp({ runtime, plan, cores: speed.cores, quiet, progress }));
  const targets = checkTargets(all);
  return {
    date: new Date().toISOString(),
    node: process.version,
    quick,
    speed,
    runtimes: all,
    loads: quiet.loads,
    targets,
    ok: targets.every(({ ok }) => ok),
  };
}
