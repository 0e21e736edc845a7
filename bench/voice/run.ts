import { availableParallelism } from "node:os";

import { type Emulator, startEmulator } from "../../src/emulator/index.ts";
import { raisePriority } from "../lib/raise-priority.ts";
import { QuietRuns } from "../lib/quiet-runs.ts";
import { sleep } from "../lib/time.ts";
import { type Continuous, continuous } from "./continuous.ts";
import { cpu } from "./cpu.ts";
import { joinTimes } from "./join.ts";
import { interruptToSilence, userToBot, writeToPal } from "./latency.ts";
import { checkTargets, type VoiceReport } from "./report.ts";
import { type Runtime, Stage, Users } from "./stage.ts";
import { stallRecovery } from "./stall.ts";

interface Plan {
  readonly joinProcesses: number;
  readonly rounds: number;
  /** A browser's start disturbs everything on the machine; it must not affect the next measurement. */
  readonly settleMs: number;
  readonly stalls: number;
  readonly stallWatchMs: number;
  readonly cpuS: number;
  readonly continuousS: number;
}

const FULL: Plan = {
  joinProcesses: 3,
  rounds: 40,
  settleMs: 5000,
  stalls: 3,
  stallWatchMs: 8000,
  cpuS: 30,
  continuousS: 60,
};
const QUICK: Plan = {
  joinProcesses: 1,
  rounds: 6,
  settleMs: 1500,
  stalls: 1,
  stallWatchMs: 3000,
  cpuS: 10,
  continuousS: 10,
};

const STALLS_MS = [150, 500];
/** How many measurements may be repeated in one run of the bench, which must not take forever on a busy machine. */
const REPEATS = 4;
type Progress = (line: string) => void;

/** Measures both runtimes in rooms of one emulator, in turn. */
async function sideBySide(emulator: Emulator, plan: Plan, progress: Progress, quiet: QuietRuns) {
  await using users = new Users();
  await using native = await Stage.open(emulator, "native", users);
  await using chromium = await Stage.open(emulator, "chromium", users);
  const stages = [native, chromium];
  await sleep(plan.settleMs);
  progress("write to pal…");
  const written = await quiet.measure("write to pal", () => writeToPal(stages, plan.rounds));
  progress("user to bot…");
  const heard = await quiet.measure("user to bot", () => userToBot(stages, plan.rounds));
  progress("interruption to silence…");
  const silenced = await quiet.measure("interruption to silence", () => interruptToSilence(stages, plan.rounds));
  const stalls = [];
  for (const stallMs of STALLS_MS) {
    progress(`stalls of ${stallMs} ms…`);
    const options = { stallMs, times: plan.stalls, watchMs: plan.stallWatchMs };
    stalls.push(await quiet.measure(`stalls of ${stallMs} ms`, () => stallRecovery(stages, options)));
  }
  progress(`CPU in two-way speech, ${plan.cpuS} s…`);
  const [nativeCpu, chromiumCpu] = await quiet.measure("CPU", () =>
    Promise.all([cpu(native, plan.cpuS), cpu(chromium, plan.cpuS)]),
  );
  return { written, heard, silenced, stalls, cpus: { native: nativeCpu, chromium: chromiumCpu } };
}

/** Measures one runtime alone on the machine, except for the emulator and processes that keep cores busy. */
async function alone(emulator: Emulator, runtime: Runtime, plan: Plan, progress: Progress, quiet: QuietRuns) {
  await using users = new Users();
  await using stage = await Stage.open(emulator, runtime, users);
  await sleep(plan.settleMs);
  const measure = (name: string, busyCores: number): Promise<Continuous> => {
    progress(`${runtime}: continuous tone, ${name}, ${plan.continuousS} s…`);
    return quiet.measure(`${runtime} tone, ${name}`, () => continuous(stage, plan.continuousS, busyCores));
  };
  return {
    oneBusy: await measure("one core busy", 1),
    allBusy: await measure("all cores busy", availableParallelism()),
  };
}

/** Runs the whole bench. Takes less than 10 minutes; `quick` (few rounds, to check that everything works) less than 2. */
export async function runVoiceBench(quick: boolean, progress: Progress): Promise<VoiceReport> {
  const plan = quick ? QUICK : FULL;
  const quiet = new QuietRuns({ repeats: quick ? 0 : REPEATS, progress });
  // Pals and users are elsewhere in reality: they must not be what is starved.
  raisePriority();
  await using emulator = await startEmulator();
  progress("joins…");
  const joins = await quiet.measure("joins", () => joinTimes(emulator, plan.joinProcesses));
  const { written, heard, silenced, stalls, cpus } = await sideBySide(emulator, plan, progress, quiet);
  const tones = {
    native: await alone(emulator, "native", plan, progress, quiet),
    chromium: await alone(emulator, "chromium", plan, progress, quiet),
  };
  const figures = (runtime: Runtime): VoiceReport[Runtime] => ({
    writeToPalMs: written[runtime],
    userToBotMs: heard[runtime],
    stallRecovery: stalls.map((stall) => stall[runtime]),
    interruptToSilenceMs: silenced[runtime],
    continuous: tones[runtime].oneBusy,
    continuousAllBusy: tones[runtime].allBusy,
    joinMs: joins[runtime],
    cpu: cpus[runtime],
  });
  const both = { native: figures("native"), chromium: figures("chromium") };
  const targets = checkTargets(both);
  return {
    date: new Date().toISOString(),
    node: process.version,
    cpuCount: availableParallelism(),
    quick,
    ...both,
    loads: quiet.loads,
    targets,
    ok: targets.every(({ ok }) => ok),
  };
}
