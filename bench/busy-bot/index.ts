import type { BenchOptions } from "../lib/options.ts";
import { save as saveResults } from "../lib/results.ts";
import { asMarkdown, asText } from "./report.ts";
import { runBusyBotBench } from "./run.ts";

/** Runs `npm run bench -- busy-bot`. Resolves with whether nothing was missing at the pal. */
export async function busyBot({ json, quick, save }: BenchOptions): Promise<boolean> {
  const started = performance.now();
  const report = await runBusyBotBench(quick, (line) => {
    console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`);
  });
  console.log(json ? JSON.stringify(report) : asText(report));
  if (save) await saveResults("busy-bot", report, asMarkdown(report));
  return report.ok;
}
