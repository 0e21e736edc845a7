import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");

interface Snippet {
  readonly page: string;
  /** "examples/docs/shouter.ts" or, for a region of it, "examples/docs/shouter.ts#process". */
  readonly source: string;
  readonly code: string;
}

function pages(): string[] {
  const docs = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" });
  return ["README.md", ...docs.filter((name) => name.endsWith(".md")).map((name) => join("docs", name))];
}

function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(/^```ts\n\/\/ (examples\/\S+)\n(.*?)^```$/gms)].map(([, source = "", code = ""]) => ({
    page,
    source,
    code,
  }));
}

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

const snippets = pages().flatMap(snippetsOf);

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

  it.each(pages())("%s links to what is there", (page) => {
    const text = readFileSync(join(ROOT, page), "utf8");
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    for (const target of targets.filter((link) => !/^[a-z]+:/.test(link))) {
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : relative(ROOT, resolve(ROOT, dirname(page), path));
      const isFolder = !/\.\w+$/.test(file);
      const content = isFolder ? readdirSync(join(ROOT, file)).join() : readFileSync(join(ROOT, file), "utf8");
      if (anchor !== undefined) expect(headings(content), target).toContain(anchor);
    }
  });
});

/** As GitHub makes anchors of them. */
function headings(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}
