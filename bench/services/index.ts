import type { BenchOptions } from "../lib/options.ts";
import { save as saveResults } from "../lib/results.ts";
import { asMarkdown, asText } from "./report.ts";
import { runServicesBench } from "./run.ts";

/** Runs `npm run bench -- services`. Resolves with whether the target was met. */
export async function services({ json, quick, save }: BenchOptions): Promise<boolean> {
  const started = performance.now();
  const report = await runServicesBench(quick, (line) => {
    console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`);
  });
  console.log(json ? JSON.stringify(report) : asText(report));
  if (save) await saveResults("services", report, asMarkdown(report));
  return report.ok;
}
