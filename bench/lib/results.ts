import { mkdir, writeFile } from "node:fs/promises";

const RESULTS = new URL("../results/", import.meta.url);

/** Writes a bench's report to bench/results/, as JSON and as Markdown. */
export async function save(bench: string, report: unknown, markdown: string): Promise<void> {
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL(`${bench}.json`, RESULTS), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(new URL(`${bench}.md`, RESULTS), markdown);
}
