import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { capture, envForNpm } from "./process.mjs";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const OLDEST_NODE = [20, 0]; // Starts the set-up.
const OLDEST_NPM = [9, 0]; // Ships with Node 20.0.
const OLDEST_TASK_NODE = [24, 0]; // Runs the sources as they are; `engines` says the same.
const PROGRESS_EVERY_MS = 15_000;
const REGISTRY_UNREACHABLE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|network/;
const onWindows = process.platform === "win32";

/** A set-up step that cannot succeed; the message says what to do next. */
export class SetupError extends Error {}

function atLeast(version, [major, minor]) {
  const [haveMajor = 0, haveMinor = 0] = version.replace(/^v/, "").split(".").map(Number);
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
}

function npm(args) {
  // On Windows npm is a .cmd file, which Node starts only through a shell.
  // The log level is explicit because `npm run --silent` would silence this npm too, and the reason of a failure with it.
  return capture("npm", [...args, "--loglevel=warn"], { cwd: root, env: envForNpm(), shell: onWindows });
}

function lastLines(text, count) {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

/** Extracts npm's error messages, without the engine warnings before them and the usage text after them. */
function npmErrors(output) {
  const errors = output.split("\n").filter((line) => /^npm (error|ERR!) \S/.test(line));
  return errors.length > 0 ? errors.slice(0, 12).join("\n") : lastLines(output, 12);
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** Whether node_modules matches package-lock.json, according to npm's own record of its last complete install. */
function packagesAreFresh() {
  const wanted = readPackages(join(root, "package-lock.json"));
  if (!wanted) throw new SetupError("package-lock.json is missing or damaged. Next: git checkout package-lock.json");
  const installed = readPackages(join(root, "node_modules", ".package-lock.json"));
  if (!installed) return false;
  return Object.entries(wanted).every(([path, { version, optional, devOptional }]) => {
    if (path === "") return true;
    const found = installed[path];
    // Binaries for other platforms are in the lock file and not on this machine.
    return found ? found.version === version : optional === true || devOptional === true;
  });
}

function whatToDoAfterInstallFailure(output) {
  if (/in sync|EUSAGE/.test(output))
    return "package.json and package-lock.json disagree. Next: run `npm install` and commit the lock file.";

  if (/ENOSPC/.test(output)) return "The disk is full: about 700 MB are needed. Next: make room and try again.";
  if (/EACCES|EPERM/.test(output)) return "No right to write. Next: make this folder yours (check its owner).";
  if (REGISTRY_UNREACHABLE.test(output))
    return "The npm registry cannot be reached. Next: check the network, the proxy, and `npm config get registry`.";

  return "Next: run `npm ci` by hand to see all of its output.";
}

async function installPackages(say) {
  const { code, stdout, output } = await npm(["--version"]);
  const npmVersion = stdout.trim();
  if (code !== 0) throw new SetupError(`npm does not run. Next: install Node 24 with npm.\n${lastLines(output, 5)}`);
  if (!atLeast(npmVersion, OLDEST_NPM))
    throw new SetupError(`npm ${npmVersion} is too old, 9 or newer is needed. Next: npm install --global npm@10`);

  say("Installing packages (first run, about a minute)…");
  const startMs = Date.now();
  const seconds = () => Math.round((Date.now() - startMs) / 1000);
  const progress = setInterval(() => {
    say(`… still installing packages (${String(seconds())} s)`);
  }, PROGRESS_EVERY_MS);
  const install = await npm(["ci", "--no-audit", "--no-fund", "--include=dev", "--include=optional"]);
  clearInterval(progress);
  if (install.code !== 0) {
    const { output: why } = install;
    throw new SetupError(`Installing packages failed:\n${npmErrors(why)}\n${whatToDoAfterInstallFailure(why)}`);
  }
  say(`Packages installed in ${String(seconds())} s.`);
}

async function readVersion(nodePath) {
  const { code, stdout } = await capture(nodePath, ["--version"]);
  return code === 0 ? stdout.trim() : undefined;
}

/** Finds the Node that runs TypeScript sources: the one of the `node` package, or else this one if it is new enough. */
async function findNode(say) {
  const bundled = join(root, "node_modules", "node", "bin", onWindows ? "node.exe" : "node");
  const suits = (version) => version !== undefined && atLeast(version, OLDEST_TASK_NODE);
  if (suits(await readVersion(bundled))) return bundled;
  if (suits(process.version) && process.execPath !== bundled) return process.execPath;

  // The package's install script fetches the binary; a cautious npm setting may have skipped it.
  say("Fetching Node 24…");
  const rebuild = await npm(["rebuild", "node", "--ignore-scripts=false", "--foreground-scripts"]);
  if (suits(await readVersion(bundled))) return bundled;
  throw new SetupError(
    `Node 24 or newer is needed, this is ${process.version}, and the one of the npm package "node" does not run:\n` +
      `${lastLines(rebuild.output, 10)}\nNext: install Node 24 (https://nodejs.org) and try again.`,
  );
}

/** Prepares this folder to run tasks, and returns the path of the Node that runs them. */
export async function setUp(say) {
  if (!atLeast(process.version, OLDEST_NODE)) {
    throw new SetupError(
      `Node ${process.version} is too old, 20 or newer is needed. Next: install Node 24 (https://nodejs.org).`,
    );
  }
  if (!packagesAreFresh()) await installPackages(say);
  return findNode(say);
}
