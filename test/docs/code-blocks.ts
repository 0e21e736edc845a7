import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { guideFiles } from "../../scripts/docs/guides.ts";

export const ROOT = resolve(import.meta.dirname, "../..");

/** A fenced block of a document. */
export interface CodeBlock {
  readonly page: string;
  /** Of its first line of code, from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
  /** What it quotes: "examples/docs/shouter.ts" or, for a region of it, "examples/docs/shouter.ts#process". */
  readonly source: string | undefined;
  /** What it needs to compile and readers need not see: the comment `<!-- needs … -->` right before it. */
  readonly needs: string;
}

/** Every Markdown file that people read: those at the root, such as README and CONTRIBUTING, and the guides. */
export function pages(): string[] {
  return [...readdirSync(ROOT).filter((name) => name.endsWith(".md")), ...guideFiles(ROOT)];
}

export function textOf(page: string): string {
  return readFileSync(join(ROOT, page), "utf8");
}

const BLOCK =
  /(?:^<!-- needs\n(?<needs>(?:(?!-->).)*?)^-->\n+)?^[ \t>]*(?<fence>`{3,}|~{3,})[ \t]*(?<language>[^\n]*)\n(?<code>.*?)^[ \t>]*\k<fence>[ \t]*$/gms;

export function codeBlocks(page: string, text = textOf(page)): CodeBlock[] {
  return [...text.matchAll(BLOCK)].map((match) => {
    const { needs = "", language = "", code = "" } = match.groups ?? {};
    const codeAt = match.index + match[0].lastIndexOf(`\n${code}`) + 1;
    const line = text.slice(0, codeAt).split("\n").length;
    const [, source] = /^\/\/ (examples\/\S+)\n/.exec(code) ?? [];
    const shown = source === undefined ? code : code.slice(code.indexOf("\n") + 1);
    return { page, line, language: language.trim(), code: shown, source, needs };
  });
}
