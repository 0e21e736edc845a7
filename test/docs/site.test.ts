import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { findBrokenLinks } from "../../scripts/docs/check-site.ts";
import { readManifest } from "../../scripts/docs/entry-points.ts";
import { findUnlistedGuides, guideFiles, parseContents } from "../../scripts/docs/guides.ts";
import { toLlmsTxt } from "../../scripts/docs/llms.ts";
import { toSiteLink } from "../../scripts/docs/stage-pages.ts";
import { ROOT, textOf } from "./code-blocks.ts";

const repositoryUrl = "https://example.com/repository";

const README = `# name

What it is,
in two lines.

## Docs

### Build

- [Events](docs/events.md): what happens,
  and when
- [Functions](docs/functions.md): what the model calls

### Run

- [Security](docs/security.md): keys

## More

- [Not in the list](docs/other.md): no
`;

describe("README's list of docs", () => {
  it("names every guide once, and no other file", () => {
    expect(findUnlistedGuides(parseContents(textOf("README.md")), guideFiles(ROOT))).toEqual([]);
  });

  it("is read by group, with a summary for each guide", () => {
    expect(parseContents(README)).toEqual({
      title: "name",
      summary: "What it is, in two lines.",
      groups: [
        {
          title: "Build",
          guides: [
            { path: "docs/events.md", title: "Events", summary: "what happens, and when" },
            { path: "docs/functions.md", title: "Functions", summary: "what the model calls" },
          ],
        },
        { title: "Run", guides: [{ path: "docs/security.md", title: "Security", summary: "keys" }] },
      ],
    });
  });

  it("may neither omit a guide nor name one that does not exist", () => {
    const files = ["docs/events.md", "docs/functions.md", "docs/new.md"];
    expect(findUnlistedGuides(parseContents(README), files)).toEqual([
      "docs/new.md is not in README's list of docs",
      "README's list of docs names docs/security.md: no such file",
    ]);
  });
});

describe("llms.txt", () => {
  it("has title, summary and a line for each guide and entry point", () => {
    const reference = [{ name: "name/testing", categories: ["Testing", "Transport"] }];
    const lines = toLlmsTxt({ contents: parseContents(README), reference }).split("\n");
    expect(lines.slice(0, 3)).toEqual(["# name", "", "> What it is, in two lines."]);
    expect(lines).toContain("- [Events](docs/events.md): what happens, and when");
    expect(lines).toContain("- [name/testing](reference/name/testing/index.html): Testing, Transport");
  });
});

describe("links on the site", () => {
  const siteLink = (target: string, from: string): string => toSiteLink(target, from, { root: ROOT, repositoryUrl });

  it("to pages, pictures, headings and other sites stay as they are", () => {
    for (const target of ["events.md#x", "interruption.svg", "#here", "https://tavus.io"])
      expect(siteLink(target, "docs/emulator.md")).toBe(target);
  });

  it("to README lead to the home page", () => {
    expect(siteLink("../README.md#the-emulator", "docs/emulator.md")).toBe("../index.md#the-emulator");
    expect(siteLink("README.md", "SECURITY.md")).toBe("index.md");
  });

  it("to sources lead to the repository", () => {
    expect(siteLink("examples/parrot.ts", "README.md")).toBe(`${repositoryUrl}/blob/main/examples/parrot.ts`);
    expect(siteLink("../bench/results", "docs/emulator.md")).toBe(`${repositoryUrl}/tree/main/bench/results`);
  });
});

describe("the check of the built site", () => {
  it("reports links to pages and headings that do not exist", () => {
    const site = mkdtempSync(join(tmpdir(), "tavus-transport-site-"));
    try {
      mkdirSync(join(site, "docs"));
      writeFileSync(join(site, "index.html"), '<h2 id="here"></h2><a href="/docs/a.html#there">a</a><a href="#here">');
      const links = ["../", "/#here", "/#gone", "b.html", "a.html#there", "https://tavus.io", "a.png"];
      const anchors = links.map((link) => `<a class="x" href="${link}">x</a>`).join("");
      writeFileSync(join(site, "docs", "a.html"), `<h2 class="x" id="there">x</h2>${anchors}`);
      expect(findBrokenLinks(site)).toEqual(["docs/a.html: /#gone", "docs/a.html: b.html", "docs/a.html: a.png"]);
    } finally {
      rmSync(site, { recursive: true, force: true });
    }
  });
});

describe("entry points", () => {
  it("are those of package.json", () => {
    const { entryPoints } = readManifest(ROOT);
    expect(entryPoints.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["tavus-transport", "tavus-transport/emulator", "tavus-transport/testing"]),
    );
  });
});
