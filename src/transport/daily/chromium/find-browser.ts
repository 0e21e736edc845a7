import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { asError } from "../../../util/errors.ts";
import { DailyCallError } from "../daily-errors.ts";
import { browserEnvironment } from "./browser-environment.ts";

const run = promisify(execFile);

/** A browser that can host calls. */
export interface BrowserBinary {
  readonly executablePath: string;
  /** Variables for its environment: where its shared libraries are, on a machine without them. */
  readonly env: Readonly<Record<string, string>>;
  readonly isHeadlessShell: boolean;
}

// The real binaries, not the distributions' wrapper scripts: those add flags and extensions of their own.
const KNOWN_PATHS: readonly string[] = [
  "/usr/lib/chromium/chromium-headless-shell",
  "/usr/lib/chromium/chromium",
  "/opt/google/chrome/chrome",
  "/usr/lib/chromium-browser/chromium-browser",
  "/snap/chromium/current/usr/lib/chromium-browser/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  ...["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"].flatMap((name) => {
    const folder = process.env[name];
    return folder === undefined ? [] : [join(folder, "Google/Chrome/Application/chrome.exe")];
  }),
];

/**
 * Finds the browser for calls: CHROME_PATH, else an installed Chrome or Chromium, else the one that the package
 * `@sparticuz/chromium` carries (unpacked once, into the user's cache folder).
 *
 * @throws DailyCallError `runtimeUnavailable`, with what to install.
 */
export async function findBrowser(onProgress: (message: string) => void): Promise<BrowserBinary> {
  const chosen = process.env.CHROME_PATH;
  if (chosen !== undefined && chosen !== "") {
    if (existsSync(chosen)) return installed(chosen);
    throw new DailyCallError("runtimeUnavailable", `CHROME_PATH names "${chosen}", which does not exist.`);
  }
  const known = KNOWN_PATHS.find((path) => existsSync(path));
  return known === undefined ? await carried(onProgress) : installed(known);
}

function installed(executablePath: string): BrowserBinary {
  return { executablePath, env: {}, isHeadlessShell: executablePath.includes("headless-shell") };
}

async function carried(onProgress: (message: string) => void): Promise<BrowserBinary> {
  const require = createRequire(import.meta.url);
  let entry: string;
  let version: string;
  try {
    entry = require.resolve("@sparticuz/chromium");
    version = packageVersion(entry);
  } catch (thrown) {
    throw new DailyCallError(
      "runtimeUnavailable",
      "The chromium runtime found no browser. Install Chrome or Chromium, or set CHROME_PATH to one, or " +
        '"npm install @sparticuz/chromium" (Linux x64), which carries one.',
      { cause: thrown },
    );
  }
  const folder = join(cacheFolder(), `chromium-${version}`);
  if (!existsSync(folder)) {
    onProgress("Unpacking the Chromium of @sparticuz/chromium (once, a few seconds)…");
    await unpack(entry, folder);
  }
  return await withLibraries(join(folder, "chromium"), join(folder, "al2023", "lib"));
}

function packageVersion(entry: string): string {
  const require = createRequire(entry);
  return (require(join(dirname(entry), "..", "package.json")) as { version: string }).version;
}

function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  return join(base, "tavus-transport");
}

/** In a process of its own: the package always unpacks into the temporary folder, which can only be set per process. */
async function unpack(entry: string, folder: string): Promise<void> {
  const partial = `${folder}.${process.pid}`;
  await mkdir(partial, { recursive: true });
  const bin = join(dirname(entry), "..", "bin");
  const code = `
    const { inflate } = await import(${JSON.stringify(pathToFileURL(entry).href)});
    for (const part of ["chromium.br", "fonts.tar.br", "swiftshader.tar.br", "al2023.tar.br"])
      await inflate(${JSON.stringify(bin)} + "/" + part);`;
  try {
    const env = { ...browserEnvironment(process.env), TMPDIR: partial };
    await run(process.execPath, ["--input-type=module", "--eval", code], { env, timeout: 120_000 });
    await rename(partial, folder);
  } catch (thrown) {
    await rm(partial, { recursive: true, force: true });
    // Another process may have been faster; then everything is there.
    if (existsSync(folder)) return;
    const reason = asError(thrown).message.split("\n")[0] ?? "";
    throw new DailyCallError(
      "runtimeUnavailable",
      `The Chromium of @sparticuz/chromium could not be unpacked: ${reason}`,
      {
        cause: thrown,
      },
    );
  }
}

/** The package's browser needs NSS; on a machine without it, the package's own copies work. */
async function withLibraries(executablePath: string, libraries: string): Promise<BrowserBinary> {
  for (const env of [{}, { LD_LIBRARY_PATH: libraries }]) {
    try {
      await run(executablePath, ["--version"], {
        env: { ...browserEnvironment(process.env), ...env },
        timeout: 20_000,
      });
      return { executablePath, env, isHeadlessShell: true };
    } catch {
      // Try with the package's libraries, or give up below.
    }
  }
  throw new DailyCallError(
    "runtimeUnavailable",
    `The Chromium of @sparticuz/chromium does not start here. Install Chrome or Chromium (Debian: "apt-get install chromium"), ` +
      "or set CHROME_PATH to one.",
  );
}
