import type { BenchOptions } from "../lib/options.ts";
import { save as saveResults } from "../lib/results.ts";
import { RUNTIMES } from "./crew.ts";
import { asMarkdown } from "./report.ts";
import { runDensityBench } from "./run.ts";

/** Runs `npm run bench -- density`. Resolves with whether all targets are met. */
export async function density({ json, quick, save, runtime }: BenchOptions): Promise<boolean> {
  const runtimes = RUNTIMES.filter((one) => runtime === undefined || one === runtime);
  if (runtimes.length === 0) throw new Error(`--runtime: must be ${RUNTIMES.join(" or ")}.`);
  const started = performance.now();
  const report = await runDensityBench(quick, runtimes, (line) => {
    console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`);
  });
  console.log(json ? JSON.stringify(report) : asMarkdown(report));
  if (save) await saveResults("density", report, asMarkdown(report));
  return report.ok;
}
