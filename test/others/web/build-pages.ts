import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { build } from "esbuild";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const EXAMPLE = fileURLToPath(new URL("../../../examples/web-daily-react/", import.meta.url));
const PACKAGES = join(HERE, "node_modules");
const OUT = join(HERE, ".build");

/** The only change to the output of Tavus' CLI: its provider accepts no options. */
const PROVIDER = "<DailyProvider>";
const providerWith = (bundleUrl: string): string =>
  `<DailyProvider dailyConfig={{ bundlePathOverride: ${JSON.stringify(bundleUrl)} }}>`;

/** Runs Tavus' CLI to write its components, as `npx @tavus/cvi-ui add` does, and points their provider to the bundle. */
async function writeCviComponents(bundleUrl: string): Promise<string> {
  const project = join(OUT, "cvi");
  await mkdir(project, { recursive: true });
  await writeFile(join(project, "package.json"), "{}");
  await writeFile(join(project, "cvi-components.json"), JSON.stringify({ tsx: true }));
  const cli = join(PACKAGES, "@tavus", "cvi-ui", "dist", "index.js");
  await promisify(execFile)(process.execPath, [cli, "add", "conversation-01", "hair-check-01", "--overwrite"], {
    cwd: project,
  });
  const components = join(project, "app", "components", "cvi");
  const provider = join(components, "components", "cvi-provider", "index.tsx");
  const written = await readFile(provider, "utf8");
  if (!written.includes(PROVIDER)) throw new Error("Tavus' provider component is not what it was.");
  await writeFile(provider, written.replace(PROVIDER, providerWith(bundleUrl)));
  return components;
}

/** Bundles the pages and the example with the packages that are installed here; returns the folder. */
export async function buildPages(bundleUrl: string): Promise<string> {
  await rm(OUT, { recursive: true, force: true });
  const cvi = await writeCviComponents(bundleUrl);
  await build({
    entryPoints: {
      "daily-react": join(EXAMPLE, "main.tsx"),
      pipecat: join(HERE, "pages", "pipecat.js"),
      cvi: join(HERE, "pages", "cvi.jsx"),
      "older-daily-js": join(HERE, "pages", "older-daily-js.js"),
    },
    outdir: OUT,
    bundle: true,
    format: "iife",
    jsx: "automatic",
    target: "chrome120",
    // The example and Tavus' components are outside this folder or have their own package.json.
    nodePaths: [PACKAGES],
    alias: { cvi },
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "silent",
  });
  await cp(join(EXAMPLE, "style.css"), join(OUT, "daily-react.css"));
  return OUT;
}
