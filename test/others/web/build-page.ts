import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { build } from "vite";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const PAGE = fileURLToPath(new URL("../../../examples/web/page/", import.meta.url));
const TSC = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));

/** Builds the page of examples/web with the packages that are installed here, and returns the folder. */
export async function buildPage(): Promise<string> {
  const outDir = join(HERE, ".build-page");
  const find = /^@pipecat-ai\//;
  await build({
    root: PAGE,
    configFile: false,
    logLevel: "error",
    resolve: { alias: [{ find, replacement: join(HERE, "node_modules", "@pipecat-ai/") }] },
    build: { outDir, emptyOutDir: true, chunkSizeWarningLimit: 1000 },
  });
  return outDir;
}

/** Checks the page's types against the same packages. Rejects with the compiler's output. */
export async function checkPageTypes(): Promise<void> {
  const project = join(HERE, "tsconfig.page.json");
  await promisify(execFile)(process.execPath, [TSC, "-p", project]).catch((error: unknown) => {
    throw new Error((error as { readonly stdout?: string }).stdout, { cause: error });
  });
}
