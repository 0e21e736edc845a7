import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

import { describe, expect, it } from "vitest";

import { anchorsOf, findLinks, isExternal, replaceLinks, toAnchor } from "../../scripts/docs/links.ts";
import { pages, ROOT, textOf } from "./code-blocks.ts";

/** What is wrong with a link of a page: its file or its heading does not exist. */
function problemOf(page: string, target: string): string | undefined {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? page : posix.join(posix.dirname(page), path);
  if (!existsSync(join(ROOT, file))) return `${target}: no such file`;
  if (anchor === undefined) return undefined;
  if (!file.endsWith(".md")) return `${target}: only Markdown has anchors`;
  const anchors = anchorsOf(readFileSync(join(ROOT, file), "utf8"));
  return anchors.includes(anchor) ? undefined : `${target}: no such heading`;
}

describe("the documents' links", () => {
  it.each(pages())("%s links to files and headings that exist", (page) => {
    const targets = findLinks(textOf(page)).map(({ target }) => target);
    const inside = targets.filter((target) => !isExternal(target));
    expect(inside.flatMap((target) => problemOf(page, target) ?? [])).toEqual([]);
  });

  it("are found at all", () => {
    expect(findLinks(textOf("README.md")).length).toBeGreaterThan(20);
  });
});

describe("the check of links", () => {
  it("reports a file and a heading that do not exist", () => {
    expect(problemOf("docs/emulator.md", "../README.md")).toBeUndefined();
    expect(problemOf("docs/emulator.md", "#seeds")).toBeUndefined();
    expect(problemOf("docs/emulator.md", "nowhere.md")).toBe("nowhere.md: no such file");
    expect(problemOf("docs/emulator.md", "security.md#nowhere")).toBe("security.md#nowhere: no such heading");
  });

  it("finds links, pictures, reference links and HTML, and none in code or comments", () => {
    const text = [
      "[a](one.md) ![b](<two.svg>) `[c](no.md)` [d `e`](three.md#f)",
      "```md\n[g](no.md)\n```",
      "<!-- [h](no.md) -->",
      '<img alt="" src="four.png">',
      "[i]: five.md",
    ].join("\n");
    const targets = findLinks(text).map(({ target }) => target);
    expect(targets).toEqual(["one.md", "two.svg", "three.md#f", "four.png", "five.md"]);
  });

  it("replaces the targets and nothing else", () => {
    const replaced = replaceLinks("[a](b.md) `[a](b.md)` ![c](d.svg)", (target) => `x/${target}`);
    expect(replaced).toBe("[a](x/b.md) `[a](b.md)` ![c](x/d.svg)");
  });

  it("makes anchors as GitHub does", () => {
    expect(toAnchor("What was checked, and what was not")).toBe("what-was-checked-and-what-was-not");
    expect(toAnchor("The option `palFit` — why?")).toBe("the-option-palfit--why");
    expect(anchorsOf("# One\n## Two\n```sh\n# no heading\n```\n## Two\n### [Three](x.md) `four`")).toEqual([
      "one",
      "two",
      "two-1",
      "three-four",
    ]);
  });
});
