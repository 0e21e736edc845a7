import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import type { Contents, Guide } from "./guides.ts";
import type { EntryPointPage } from "./reference.ts";

export interface LlmsOptions {
  readonly root: string;
  readonly contents: Contents;
  readonly reference: readonly EntryPointPage[];
  /** The folder whose files are served as they are. */
  readonly out: string;
}

/** An index for language models, in the format of llmstxt.org: title, summary, lists of links. Links are relative to it. */
export function toLlmsTxt({ contents, reference }: Pick<LlmsOptions, "contents" | "reference">): string {
  const { title, summary, groups } = contents;
  const start = section("Start", ["- [README](README.md): what it is, the smallest bot, going live, errors"]);
  const guides = groups.map((group) => section(group.title, group.guides.map(toItem)));
  const entryPoints = reference.map(({ name, categories }) => {
    return `- [${name}](reference/${name}/index.html): ${categories.join(", ")}`;
  });
  const optional = section("Optional", ["- [llms-full.txt](llms-full.txt): README and all guides in one file"]);
  return [`# ${title}\n\n> ${summary}\n`, start, ...guides, section("API reference", entryPoints), optional].join("\n");
}

function section(title: string, items: readonly string[]): string {
  return `## ${title}\n\n${items.join("\n")}\n`;
}

function toItem({ title, path, summary }: Guide): string {
  return `- [${title}](${path}): ${summary}`;
}

/** Writes llms.txt, llms-full.txt, and the Markdown files that the former links to, unchanged. */
export function writeLlmsFiles(options: LlmsOptions): void {
  const { root, contents, out } = options;
  const files = ["README.md", ...contents.groups.flatMap(({ guides }) => guides.map(({ path }) => path))];
  for (const file of files) {
    mkdirSync(dirname(join(out, file)), { recursive: true });
    copyFileSync(join(root, file), join(out, file));
  }
  const texts = files.map((file) => `<!-- ${file} -->\n\n${readFileSync(join(root, file), "utf8")}`);
  writeFileSync(join(out, "llms.txt"), toLlmsTxt(options));
  writeFileSync(join(out, "llms-full.txt"), texts.join("\n"));
}
