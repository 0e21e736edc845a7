import { availableParallelism } from "node:os";

import { BenchChild } from "../lib/child.ts";
import type { BenchOptions } from "../lib/options.ts";
import { save as saveResults } from "../lib/results.ts";
import type { Measurements } from "./measure-process.ts";
import { asMarkdown, asText, makeReport, type Measured } from "./report.ts";

const PROCESS = new URL("measure-process.ts", import.meta.url);

/** Runs `npm run bench -- pipeline`. Resolves with whether all targets are met. */
export async function pipeline({ json, quick, save }: BenchOptions): Promise<boolean> {
  const some = (full: number): number => (quick ? Math.ceil(full / 10) : full);
  const measured: Measured = {
    hops: await inFreshProcess("hops", { rounds: some(30), frames: 20_000 }),
    observed: await inFreshProcess("observed", { rounds: some(60), frames: 1500 }),
    traverse: await inFreshProcess("traverse", { rounds: some(20_000) }),
    interruptions: await inFreshProcess("interruptions", { rounds: some(200), queued: 10_000 }),
    loop: await inFreshProcess("loop", { rounds: some(10), frames: 100_000 }),
    call: await inFreshProcess("call", { minutes: some(60) }),
  };
  const report = makeReport(measured, quick, availableParallelism());
  console.log(json ? JSON.stringify(report) : asText(report));
  if (save) await saveResults("pipeline", report, asMarkdown(report));
  return report.ok;
}

/** Measures in a fresh process: what one measurement leaves in the heap and the compiler must not affect the next. */
async function inFreshProcess<K extends keyof Measurements>(
  method: K,
  argument: Measurements[K][0],
): Promise<Measurements[K][1]> {
  await using child = new BenchChild<Measurements>(PROCESS, []);
  console.error(`${method} …`);
  return await child.request(method, argument);
}
