// Bundles the code that runs in a page (or, for the call machine, wherever daily-js runs) into dist/browser.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outDir = join(root, "dist", "browser");
const stampPath = join(outDir, ".bundles.json");

const bundles = [
  { entry: "src/emulator/call-machine/bundle.ts", out: "call-machine-object-bundle.js" },
  { entry: "src/emulator/page/home-page.ts", out: "home-page.js" },
  { entry: "src/emulator/page/room-page.ts", out: "room-page.js" },
  { entry: "src/transport/daily/chromium/page.ts", out: "call-page.js" },
  { entry: "src/transport/daily/chromium/audio-worker.ts", out: "audio-worker.js" },
];

const options = {
  absWorkingDir: root,
  bundle: true,
  format: "iife",
  platform: "browser",
  target: "chrome120",
  charset: "utf8",
  legalComments: "inline",
  logLevel: "silent",
  metafile: true,
  write: false,
};

function hashText(text) {
  return createHash("sha256").update(text).digest("hex");
}

/** Hashes everything that a bundle was built from; undefined when a source is missing. */
function fingerprint(inputs, esbuildVersion) {
  const hash = createHash("sha256").update(JSON.stringify(options) + esbuildVersion);
  try {
    for (const input of inputs) hash.update(input).update(readFileSync(join(root, input)));
  } catch {
    return undefined;
  }
  return hash.digest("hex");
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampPath, "utf8"));
  } catch {
    return {};
  }
}

/** Replaces a file atomically, so that another process never reads half a bundle. */
function replaceFile(path, text) {
  const temporary = `${path}.${String(process.pid)}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}

function isFresh(stamp, out, esbuildVersion) {
  const known = stamp[out];
  if (!known || !existsSync(join(outDir, out))) return false;
  if (known.fingerprint !== fingerprint(known.inputs, esbuildVersion)) return false;
  return known.output === hashText(readFileSync(join(outDir, out)));
}

/** Builds the bundles whose sources changed. Skips bundles whose entry does not exist. */
export async function buildBrowser(say) {
  const { build, version } = await import("esbuild");
  const stamp = readStamp();
  const stale = bundles.filter(({ entry, out }) => existsSync(join(root, entry)) && !isFresh(stamp, out, version));
  if (stale.length === 0) return;
  say(`Building browser bundles: ${stale.map(({ out }) => out).join(", ")}`);
  mkdirSync(outDir, { recursive: true });
  for (const { entry, out } of stale) {
    const { outputFiles, metafile } = await build({ ...options, entryPoints: [entry], outfile: join(outDir, out) });
    const inputs = Object.keys(metafile.inputs).filter((input) => existsSync(join(root, input)));
    const text = outputFiles[0].text;
    replaceFile(join(outDir, out), text);
    stamp[out] = { fingerprint: fingerprint(inputs, version), output: hashText(text), inputs };
  }
  replaceFile(stampPath, `${JSON.stringify(stamp, null, 2)}\n`);
}

/** Called by vitest before the first test (`globalSetup`). */
export function setup() {
  return buildBrowser((line) => console.error(line));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildBrowser((line) => console.log(line));
