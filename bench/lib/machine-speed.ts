import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

import { rounded } from "./time.ts";

/**
 * What this machine is able to do at the moment, alone. Virtual machines differ by factors from hour to hour, and nothing in
 * /proc says so: the time until a thread runs after it was woken decides what real-time audio costs.
 */
export interface MachineSpeed {
  readonly cores: number;
  /** Time for one step of a chain of multiplications and additions, in ns. */
  readonly stepNs: number;
  /** Time for waking another thread and being woken by it, in µs. */
  readonly wakeUpUs: number;
}

const STEPS = 20_000_000;
const ROUNDS = 1000;

function timeSteps(): number {
  const startMs = performance.now();
  let x = 0;
  for (let i = 0; i < STEPS; i++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
  // The result is used, or the loop would be optimised away.
  return ((performance.now() - startMs) * 1e6 + (x & 1)) / STEPS;
}

const ANSWER = `
  const { workerData } = require("node:worker_threads");
  const turn = new Int32Array(workerData);
  for (let round = 0; round < ${ROUNDS}; round++) {
    Atomics.wait(turn, 0, 0);
    Atomics.store(turn, 0, 0);
    Atomics.notify(turn, 0);
  }`;

async function timeWakeUps(): Promise<number> {
  const turn = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(ANSWER, { eval: true, workerData: turn.buffer });
  await new Promise((resolve) => worker.once("online", resolve));
  const startMs = performance.now();
  for (let round = 0; round < ROUNDS; round++) {
    Atomics.store(turn, 0, 1);
    Atomics.notify(turn, 0);
    Atomics.wait(turn, 0, 1, 1000);
  }
  const tookMs = performance.now() - startMs;
  await worker.terminate();
  return (tookMs * 1000) / ROUNDS;
}

/** Measures for about 0.2 s, in which this thread is blocked. */
export async function measureMachineSpeed(): Promise<MachineSpeed> {
  timeSteps();
  return { cores: availableParallelism(), stepNs: rounded(timeSteps(), 2), wakeUpUs: Math.round(await timeWakeUps()) };
}

export function describeSpeed({ stepNs, wakeUpUs }: MachineSpeed): string {
  return `The machine's speed at the start: ${stepNs} ns for one arithmetic step, ${wakeUpUs} µs for waking a thread and being woken by it.`;
}
