// Builds dist: JavaScript and declarations from tsc, and the browser bundles.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildBrowser } from "./build-browser.mjs";
import { endLike, runForeground } from "./lib/process.mjs";
import { root } from "./lib/setup.mjs";

const dist = join(root, "dist");
for (const name of existsSync(dist) ? readdirSync(dist) : []) {
  // Files of removed sources must not end up in the package. Stale bundles are detected by their own hashes.
  if (name !== "browser") rmSync(join(dist, name), { recursive: true, force: true });
}

/** Rewrites `.ts` imports in declarations: tsc does this in JavaScript only, and the package contains no `.ts` files. */
function rewriteDeclarations() {
  const declarations = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".d.ts"),
  );
  for (const path of declarations.map((name) => join(dist, name))) {
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replaceAll(/((?:from |import |import\()"\.{1,2}\/[^"\n]*)\.ts"/g, '$1.js"'));
  }
}

const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
// Standard output stays free: `npm pack --json` prints its report there.
const stdio = ["ignore", process.stderr, process.stderr];
const end = await runForeground(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")], { stdio });
if (end.code === 0) {
  rewriteDeclarations();
  await buildBrowser((line) => console.error(line));
}
endLike(end);
