import { mkdir, writeFile } from "node:fs/promises";

import { asMarkdown, asText } from "./report.ts";
import { runVoiceBench } from "./run.ts";

const RESULTS = new URL("../results/", import.meta.url);

export interface BenchOptions {
  readonly json: boolean;
  readonly quick: boolean;
  readonly save: boolean;
}

/** `npm run bench -- voice`. Returns whether all targets are met. */
export async function voice({ json, quick, save }: BenchOptions): Promise<boolean> {
  const started = performance.now();
  const report = await runVoiceBench(quick, (line) => {
    console.error(`${((performance.now() - started) / 1_000).toFixed(0).padStart(4)} s  ${line}`);
  });
  console.log(json ? JSON.stringify(report) : asText(report));
  if (save) {
    await mkdir(RESULTS, { recursive: true });
    await writeFile(new URL("voice.json", RESULTS), `${JSON.stringify(report, null, 2)}\n`);
    await writeFile(new URL("voice.md", RESULTS), asMarkdown(report));
  }
  return report.ok;
}
