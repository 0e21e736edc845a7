// `npm run docs`: builds the site in .build/docs/site; with `-- --serve`, shows it on this machine instead.
import { mkdirSync, rmSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { build, createServer } from "vitepress";

import { findBrokenLinks } from "./check-site.ts";
import { readManifest } from "./entry-points.ts";
import { readContents } from "./guides.ts";
import { writeLlmsFiles } from "./llms.ts";
import { paths, root } from "./paths.ts";
import { writeReference } from "./reference.ts";
import { stagePages } from "./stage-pages.ts";

const VITEPRESS_ROOT = join(root, "docs");

async function timed<Result>(title: string, work: () => Result | Promise<Result>): Promise<Result> {
  const startMs = performance.now();
  const result = await work();
  console.log(`${title}: ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
  return result;
}

/** Writes everything that VitePress reads. */
async function writePages(): Promise<void> {
  const manifest = readManifest(root);
  const contents = readContents(root);
  rmSync(paths.build, { recursive: true, force: true });
  mkdirSync(paths.public, { recursive: true });
  stagePages({ root, repositoryUrl: manifest.repositoryUrl, out: paths.pages });
  const reference = await timed("API reference", () => writeReference({ root, manifest, out: paths.reference }));
  writeFileSync(paths.referenceIndex, JSON.stringify(reference));
  writeLlmsFiles({ root, contents, reference, out: paths.public });
}

async function buildSite(): Promise<void> {
  await timed("site", () => build(VITEPRESS_ROOT));
  const broken = await timed("links", () => findBrokenLinks(paths.site));
  if (broken.length > 0) throw new Error(`Links that lead nowhere:\n${broken.join("\n")}`);
  console.log(`The site is in ${paths.site}`);
}

/** Serves the site until Ctrl-C. A change of README or of a guide is shown at once; the reference is made once. */
async function serve(): Promise<void> {
  const { repositoryUrl } = readManifest(root);
  const server = await createServer(VITEPRESS_ROOT);
  await server.listen();
  server.printUrls();
  for (const folder of [root, VITEPRESS_ROOT]) {
    watch(folder, (_event, name) => {
      if (name?.endsWith(".md")) stagePages({ root, repositoryUrl, out: paths.pages });
    });
  }
}

const { values } = parseArgs({ options: { serve: { type: "boolean", default: false } } });
await writePages();
await (values.serve ? serve() : buildSite());
