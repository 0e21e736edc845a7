import { mkdir, writeFile } from "node:fs/promises";

import { runApiBench, type ApiReport } from "./run.ts";

const RESULTS = new URL("../results/", import.meta.url);

export interface ApiBenchOptions {
  readonly json: boolean;
  readonly quick: boolean;
  readonly save: boolean;
}

/** `npm run bench -- api`. Returns whether all targets are met. */
export async function api({ json, quick, save }: ApiBenchOptions): Promise<boolean> {
  const report = await runApiBench(quick ? 2_000 : 10_000);
  console.log(json ? JSON.stringify(report) : asText(report));
  if (save) {
    await mkdir(RESULTS, { recursive: true });
    await writeFile(new URL("api.json", RESULTS), `${JSON.stringify(report, null, 2)}\n`);
  }
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
