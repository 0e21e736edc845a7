// `node test/others/rest/run.mjs [vitest arguments]`: other projects' REST clients, written in Python, against the emulator.
// Installs them into a virtual environment here when they are missing. Runs on any Node from 20 on.
import { copyFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { capture, endLike, envWithPath, runForeground } from "../../../scripts/lib/process.mjs";
import { root, setUp } from "../../../scripts/lib/setup.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const venv = join(here, ".venv");
const python = process.platform === "win32" ? join(venv, "Scripts", "python.exe") : join(venv, "bin", "python");
const requirements = join(here, "requirements.txt");
const installed = join(venv, "requirements.txt");
/** Installed without its requirements: only two files are used, and they are ten times its size. */
const PIPECAT = "pipecat-ai==1.14.0";

const read = (path) => (existsSync(path) ? readFileSync(path, "utf8") : undefined);

/** Installs the clients. Returns why they are unavailable; undefined when they are installed. */
async function install() {
  if (read(installed) === read(requirements) && existsSync(python)) return undefined;
  rmSync(venv, { recursive: true, force: true });
  const pip = [python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]];
  const steps = [
    ["python3", ["-m", "venv", venv]],
    [pip[0], [...pip[1], "-r", requirements]],
    [pip[0], [...pip[1], "--no-deps", PIPECAT]],
  ];
  for (const [command, args] of steps) {
    const { code, output } = await capture(command, args, { cwd: here });
    if (code !== 0) return output.trimEnd();
  }
  copyFileSync(requirements, installed);
  return undefined;
}

const node = await setUp(console.log);
console.log("Installing other projects' REST clients (Python), if they are missing…");
const failure = await install();
if (failure !== undefined) {
  console.log("SKIPPED test/others/rest (Pipecat's TavusApi and DailyRESTHelper, LiveKit's TavusAPI, tavus-cli):");
  console.log(`they need Python 3 with venv and the package index, and could not be installed.\n${failure}`);
} else {
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const flags = ["run", "--project=others-rest", ...process.argv.slice(2)];
  endLike(await runForeground(node, [vitest, ...flags], { cwd: root, env: envWithPath(dirname(node)) }));
}
