// `node test/others/web/run.mjs [vitest arguments]`: other projects' web clients against the emulator, in a real browser.
// Installs their packages, at the versions of the lock file here, when they are missing. Runs on any Node from 20 on.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { capture, endLike, envForNpm, envWithPath, runForeground } from "../../../scripts/lib/process.mjs";
import { root, setUp } from "../../../scripts/lib/setup.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const UNREACHABLE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|E40[134]|network/;

/** Whether node_modules here matches the lock file; npm keeps a copy of the lock file that it installed. */
function areFresh() {
  const installed = join(here, "node_modules", ".package-lock.json");
  if (!existsSync(installed)) return false;
  const versions = (path) => JSON.parse(readFileSync(path, "utf8")).packages;
  const have = versions(installed);
  return Object.entries(versions(join(here, "package-lock.json"))).every(
    ([path, { version, optional, peer }]) => path === "" || optional || peer || have[path]?.version === version,
  );
}

async function install() {
  if (areFresh()) return undefined;
  // None of them needs its install script.
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  const { code, output } = await capture("npm", ["ci", ...flags], {
    cwd: here,
    env: envForNpm(),
    shell: process.platform === "win32",
  });
  return code === 0 ? undefined : output;
}

const node = await setUp(console.log);
const failure = await install();
if (failure !== undefined && UNREACHABLE.test(failure)) {
  console.log("SKIPPED test/others/web (daily-react, Pipecat's client, Tavus' CVI components, older daily-js):");
  console.log(`their packages cannot be installed, because the npm registry does not answer.\n${failure.trimEnd()}`);
} else if (failure !== undefined) {
  console.error(`The packages of test/others/web cannot be installed:\n${failure.trimEnd()}`);
  process.exitCode = 1;
} else {
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const flags = ["run", "--project=others-web", ...process.argv.slice(2)];
  endLike(await runForeground(node, [vitest, ...flags], { cwd: root, env: envWithPath(dirname(node)) }));
}
