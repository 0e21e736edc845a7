import { availableParallelism } from "node:os";

import { type Emulator, startEmulator } from "../../src/emulator/index.ts";
import { sleep } from "../lib/time.ts";
import { type Continuous, continuous } from "./continuous.ts";
import { type Cpu, cpu } from "./cpu.ts";
import { joinTimes } from "./join.ts";
import { interruptToSilence, userToBot, writeToPal } from "./latency.ts";
import { checkTargets, type VoiceReport } from "./report.ts";
import { type Runtime, RUNTIMES, Stage, Users } from "./stage.ts";
import { stallRecovery } from "./stall.ts";

interface Plan {
  readonly joinProcesses: number;
  readonly rounds: number;
  readonly stalls: number;
  readonly stallWatchMs: number;
  readonly cpuS: number;
  readonly continuousS: number;
}

const FULL: Plan = { joinProcesses: 3, rounds: 40, stalls: 3, stallWatchMs: 12_000, cpuS: 30, continuousS: 60 };
const QUICK: Plan = { joinProcesses: 1, rounds: 8, stalls: 1, stallWatchMs: 5_000, cpuS: 10, continuousS: 10 };

const STALLS_MS = [150, 500];
/** A browser's start disturbs everything on the machine; what is measured next must not see it. */
const SETTLE_MS = 3_000;

type Progress = (line: string) => void;

/** Both runtimes in rooms of one emulator, in turn. */
async function sideBySide(emulator: Emulator, plan: Plan, progress: Progress) {
  await using users = new Users();
  await using native = await Stage.open(emulator, "native", users);
  await using chromium = await Stage.open(emulator, "chromium", users);
  const stages = [native, chromium];
  await sleep(SETTLE_MS);
  progress("write to pal…");
  const written = await writeToPal(stages, plan.rounds);
  progress("user to bot…");
  const heard = await userToBot(stages, plan.rounds);
  progress("interruption to silence…");
  const silenced = await interruptToSilence(stages, plan.rounds);
  const stalls = [];
  for (const stallMs of STALLS_MS) {
    progress(`stalls of ${stallMs} ms…`);
    stalls.push(await stallRecovery(stages, { stallMs, times: plan.stalls, watchMs: plan.stallWatchMs }));
  }
  return { written, heard, silenced, stalls };
}

/** One runtime, with the machine for itself but for emulator and user. */
async function alone(emulator: Emulator, runtime: Runtime, plan: Plan, progress: Progress): Promise<{ cpu: Cpu; continuous: Continuous }> {
  await using users = new Users();
  await using stage = await Stage.open(emulator, runtime, users);
  await sleep(SETTLE_MS);
  progress(`${runtime}: CPU in two-way speech, ${plan.cpuS} s…`);
  const load = await cpu(stage, plan.cpuS);
  progress(`${runtime}: continuous tone with a busy core, ${plan.continuousS} s…`);
  return { cpu: load, continuous: await continuous(stage, plan.continuousS) };
}

/** The whole bench. Less than 8 minutes; `quick` (few rounds, to see that all works) less than 90 s. */
export async function runVoiceBench(quick: boolean, progress: Progress): Promise<VoiceReport> {
  const plan = quick ? QUICK : FULL;
  await using emulator = await startEmulator();
  progress("joins…");
  const joins = await joinTimes(emulator, plan.joinProcesses);
  const { written, heard, silenced, stalls } = await sideBySide(emulator, plan, progress);
  const single = {} as Record<Runtime, Awaited<ReturnType<typeof alone>>>;
  for (const runtime of RUNTIMES) single[runtime] = await alone(emulator, runtime, plan, progress);
  const figures = (runtime: Runtime): VoiceReport[Runtime] => ({
    writeToPalMs: written[runtime],
    userToBotMs: heard[runtime],
    stallRecovery: stalls.map((stall) => stall[runtime]),
    interruptToSilenceMs: silenced[runtime],
    continuous: single[runtime].continuous,
    joinMs: joins[runtime],
    cpu: single[runtime].cpu,
  });
  const both = { native: figures("native"), chromium: figures("chromium") };
  const targets = checkTargets(both);
  return {
    date: new Date().toISOString(),
    node: process.version,
    cpuCount: availableParallelism(),
    quick,
    ...both,
    targets,
    ok: targets.every(({ ok }) => ok),
  };
}
