// What a user gets: packs the package, checks the tarball, installs it in an empty project and uses it there.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { capture, envForNpm } from "./lib/process.mjs";
import { root } from "./lib/setup.mjs";

const work = mkdtempSync(join(tmpdir(), "tavus-transport-pack-"));
const project = join(work, "project");
const bin = (name, path) => join(root, "node_modules", name, path);

async function step(title, command, args, options) {
  const startMs = Date.now();
  const { code, output, stdout } = await capture(command, args, options);
  if (code !== 0) throw new Error(`${title}: failed (exit code ${String(code)})\n${output}`);
  console.log(`${title}: ok (${((Date.now() - startMs) / 1000).toFixed(1)} s)`);
  return stdout;
}

const npm = (title, args, cwd) =>
  step(title, "npm", args, { cwd, env: envForNpm(), shell: process.platform === "win32" });
const node = (title, args, cwd) => step(title, process.execPath, args, { cwd });

async function main() {
  await npm("npm pack", ["pack", "--pack-destination", work], root);
  const tarball = join(
    work,
    readdirSync(work).find((name) => name.endsWith(".tgz")),
  );
  await node("publint", [bin("publint", "src/cli.js"), "--strict", tarball], root);
  const attw = bin("@arethetypeswrong/cli", "dist/index.js");
  await node("are the types wrong", [attw, "--profile", "esm-only", tarball], root);

  mkdirSync(project);
  cpSync(join(root, "test", "pack"), project, { recursive: true });
  const dependencies = { "tavus-transport": `file:${tarball}` };
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module", dependencies }));
  await npm("install the tarball", ["install", "--no-audit", "--no-fund"], project);
  const said = await node("run the smallest bot", ["smallest-bot.mjs"], project);
  if (said.trim().split("\n").at(-1) !== "OK") throw new Error(`The smallest bot did not end with OK:\n${said}`);
  await npm("run its command", ["exec", "--no", "--", "tavus-transport", "--help"], project);

  const flags = "--noEmit --strict --target es2024 --module nodenext --lib es2024,dom --types node".split(" ");
  const typeRoots = ["--typeRoots", bin("@types", "")];
  await node(
    "compile against the types",
    [bin("typescript", "bin/tsc"), ...flags, ...typeRoots, "consumer.ts"],
    project,
  );
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
