import type { BenchOptions } from "../lib/options.ts";
import { save as saveResults } from "../lib/results.ts";
import { asMarkdown, asText } from "./report.ts";
import { runFallbackBench } from "./run.ts";

/** Runs `npm run bench -- fallback`. Resolves with whether all targets are met. */
export async function fallback({ json, quick, save }: BenchOptions): Promise<boolean> {
  const started = performance.now();
  const report = await runFallbackBench(quick, (line) => {
    console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`);
  });
  console.log(json ? JSON.stringify(report) : asText(report));
  if (save) await saveResults("fallback", report, asMarkdown(report));
  return report.ok;
}
