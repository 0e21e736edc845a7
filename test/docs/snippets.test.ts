import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { codeBlocks, pages, ROOT } from "./code-blocks.ts";
import { compileBlocks } from "./compile-blocks.ts";

/** Languages of blocks that are no code of ours: everything else is compiled. */
const NOT_CODE = ["", "sh", "console", "text", "json", "html", "diff"];

/** The file, or what stands between its `// #region name` and `// #endregion`, moved to the left margin. */
function sourceOf(source: string): string {
  const [path = "", region] = source.split("#");
  const file = readFileSync(join(ROOT, path), "utf8");
  if (region === undefined) return file;
  const [, body] = new RegExp(`// #region ${region}\\n(.*?)^ *// #endregion$`, "ms").exec(file) ?? [];
  if (body === undefined) throw new Error(`${path} has no region "${region}".`);
  const lines = body.trimEnd().split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  return `${lines.map((line) => line.slice(Math.min(...indents))).join("\n")}\n`;
}

const blocks = pages().flatMap((page) => codeBlocks(page));
const snippets = blocks.flatMap(({ source, ...block }) => (source === undefined ? [] : [{ ...block, source }]));

describe("the documents", () => {
  it("quote examples, and each of the documents' own examples is quoted", () => {
    expect(snippets.length).toBeGreaterThan(8);
    const quoted = new Set(snippets.map(({ source }) => source.split("#")[0]));
    const files = readdirSync(join(ROOT, "examples/docs")).map((name) => `examples/docs/${name}`);
    expect(files.filter((file) => !quoted.has(file))).toEqual([]);
  });

  it.each(snippets)("$page shows $source as it is", ({ source, code }) => {
    expect(code).toBe(sourceOf(source));
  });

  it("compile, block by block: what is no quotation with its `<!-- needs … -->`", { timeout: 120_000 }, () => {
    const own = blocks.filter(({ language, source }) => !NOT_CODE.includes(language) && source === undefined);
    // A block in another language would not be compiled; examples in others belong in examples/ and are quoted.
    expect(own.filter(({ language }) => language !== "ts")).toEqual([]);
    expect(own.length).toBeGreaterThan(8);
    expect(compileBlocks(own)).toEqual([]);
  });

  it("quote only examples that the compiler sees", () => {
    for (const { source } of snippets) expect(source).toMatch(/^examples\/[\w/-]+\.tsx?(#[\w-]+)?$/);
  });
});

describe("the check of code blocks", () => {
  const fenced = (language: string, code: string, needs = ""): string =>
    `Text.\n\n${needs}\`\`\`${language}\n${code}\n\`\`\`\n`;

  it("finds a block whatever its fence, language and place", () => {
    const text = [fenced("ts", "a;"), "~~~js\nb;\n~~~\n", "- item\n  ```typescript\n  c;\n  ```\n", fenced("", "d")];
    expect(codeBlocks("page", text.join("\n")).map(({ language }) => language)).toEqual(["ts", "js", "typescript", ""]);
  });

  it("names page and line of what does not compile", { timeout: 120_000 }, () => {
    const needs = "<!-- needs\ndeclare const n: number;\n-->\n\n";
    const text = fenced("ts", "const s: string = n;\nexport default s.nothing;", needs);
    expect(compileBlocks(codeBlocks("page.md", text))).toEqual([
      expect.stringContaining("page.md:8: Type 'number' is not assignable") as string,
      expect.stringContaining("page.md:9: Property 'nothing' does not exist") as string,
    ]);
  });
});
