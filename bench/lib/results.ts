import { mkdir, writeFile } from "node:fs/promises";

const RESULTS = new URL("../results/", import.meta.url);

/** Keeps a bench's report in bench/results/, for programs and for people. */
export async function save(bench: string, report: unknown, markdown: string): Promise<void> {
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL(`${bench}.json`, RESULTS), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(new URL(`${bench}.md`, RESULTS), markdown);
}
