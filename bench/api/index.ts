import type { BenchOptions } from "../lib/options.ts";
import { save as saveResults } from "../lib/results.ts";
import { runApiBench, type ApiReport } from "./run.ts";

/** Runs `npm run bench -- api`. Resolves with whether all targets are met. */
export async function api({ json, quick, save }: BenchOptions): Promise<boolean> {
  const report = await runApiBench(quick ? 2000 : 10_000);
  console.log(json ? JSON.stringify(report) : asText(report));
  if (save) await saveResults("api", report, `# API bench, ${report.date}\n\n\`\`\`\n${asText(report)}\n\`\`\`\n`);
  return report.ok;
}

function asText(report: ApiReport): string {
  const lines = report.targets.map(({ what, value, ok }) => `${ok ? "met   " : "MISSED"}  ${what}: ${value}`);
  const failures = Object.entries(report.failures).map(([code, count]) => `${code} ${count}`);
  return [
    `${report.calls} calls, ${report.requests} requests, ${report.faults} of them with a fault, ${report.seconds} s`,
    `failed: ${failures.join(", ") || "none"}`,
    `orphans: ${report.orphansEnded} ended by the client, ${report.swept} by a sweep after it`,
    ...lines,
  ].join("\n");
}
