// What a user gets: packs the package, checks the tarball, installs it as README says, and uses it there: every command,
// README's bots and the examples, on the oldest and on the newest Node.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runExample, runSmallestBot, runWholeBot } from "./lib/package-bots.mjs";
import { runCommands } from "./lib/package-commands.mjs";
import { brokenImports, brokenLinks, readmeBlock } from "./lib/package-files.mjs";
import { runTemplate, scaffold } from "./lib/package-template.mjs";
import { capture, envForNpm, envWithPath } from "./lib/process.mjs";
import { root } from "./lib/setup.mjs";

const NEWEST_NODE = "26";
const NO_ACCOUNT = { TAVUS_JOURNAL: "off", TAVUS_API_KEY: "", TAVUS_FACE_ID: "", TAVUS_PAL_ID: "" };

const onWindows = process.platform === "win32";
const work = mkdtempSync(join(tmpdir(), "tavus-transport-pack-"));
const project = join(work, "project");
const installed = join(project, "node_modules", "tavus-transport");
const bin = (name, path) => join(root, "node_modules", name, path);
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Runs a step, and says how long it took. */
async function step(title, run) {
  const startMs = Date.now();
  try {
    const result = await run();
    console.log(`${title}: ok (${((Date.now() - startMs) / 1000).toFixed(1)} s)`);
    return result;
  } catch (error) {
    throw new Error(`${title}: failed\n${error.message}`, { cause: error });
  }
}

async function run(command, args, options) {
  const { code, output, stdout } = await capture(command, args, options);
  if (code !== 0) throw new Error(`exit code ${String(code)}\n${output}`);
  return stdout;
}

const npm = (args, cwd) => run("npm", args, { cwd, env: envForNpm(), shell: onWindows });
const tool = (args, cwd = root) => run(process.execPath, args, { cwd });

function failOn(problems) {
  if (problems.length > 0) throw new Error(problems.join("\n"));
}

/** Fetches a Node of its own, from the registry; resolves with the path of the binary. */
async function fetchNode(version) {
  const folder = join(work, `node-${version}`);
  mkdirSync(folder);
  const dependencies = { node: version };
  // The binary is put there by an install script.
  writeFileSync(join(folder, "package.json"), JSON.stringify({ dependencies, allowScripts: { node: true } }));
  await npm(["install", "--no-audit", "--no-fund", "--ignore-scripts=false"], folder);
  return join(folder, "node_modules", "node", "bin", onWindows ? "node.exe" : "node");
}

async function pack() {
  // CI has just built, and `prepack` would build again.
  const scripts = process.env.CI ? ["--ignore-scripts"] : [];
  await npm(["pack", ...scripts, "--pack-destination", work], root);
  const name = readdirSync(work).find((file) => file.endsWith(".tgz"));
  // Where README's commands look for it.
  mkdirSync(join(work, "tavus-transport"));
  cpSync(join(work, name), join(work, "tavus-transport", name));
  return join(work, name);
}

/** The commands of README, as they stand there. */
async function installAsReadmeSays() {
  mkdirSync(project);
  for (const line of readmeBlock(root, "In your own project", "sh").split("\n")) {
    const command = line.replace(/\s+#.*$/, "").trim();
    if (command !== "") await run(command, [], { cwd: project, env: envForNpm(), shell: true });
  }
  const { type } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
  if (type !== "module") throw new Error(`README's commands make a project of type ${type}`);
  // What README names for the whole bot, in the versions that are tested here.
  const forSilero = ["onnxruntime-web", "@ricky0123/vad-web"].map(
    (name) => `${name}@${manifest.devDependencies[name]}`,
  );
  await npm(["install", "--no-audit", "--no-fund", ...forSilero], project);
  cpSync(join(root, "test", "pack"), join(project, "test", "pack"), { recursive: true });
}

/** Without the DOM library and with every declaration checked. */
async function compileAgainstTypes() {
  const flags = "--noEmit --strict --target esnext --lib es2025,esnext.disposable --types node";
  const checks = "--skipLibCheck false --exactOptionalPropertyTypes --erasableSyntaxOnly --allowImportingTsExtensions";
  const tsc = bin("typescript", "bin/tsc");
  const compile = (resolution, files) =>
    tool([tsc, ...`${flags} ${checks} ${resolution}`.split(" "), ...files.map((name) => join(project, name))], project);
  const add = (name) => cpSync(bin(name, ""), join(project, "node_modules", name), { recursive: true });

  for (const name of ["@types/node", "undici-types"]) add(name);
  // As Node resolves modules, as it did for the oldest TypeScript that knows "exports", and as bundlers do.
  for (const resolution of ["--module nodenext", "--module node16", "--module esnext --moduleResolution bundler"])
    await compile(resolution, [join("test", "pack", "consumer.ts")]);

  // An example with a WebSocket server of its own: nothing above may need these.
  add("@types/ws");
  const files = readdirSync(project, { recursive: true, encoding: "utf8" });
  // Pages have the DOM library and packages of their own: their tests check their types.
  const isPage = (name) => name.startsWith(join("examples", "web", "page"));
  const sources = files.filter((name) => name.endsWith(".ts") && !name.includes("node_modules") && !isPage(name));
  await compile("--module nodenext", sources);
}

/** What is installed by default, and what a bot does without. */
async function runWithoutEmulator(nodePath, env) {
  const left = ["hono", join("@hono", "node-server"), "onnxruntime-web"];
  const aside = join(work, "aside");
  mkdirSync(join(aside, "@hono"), { recursive: true });
  const modules = join(project, "node_modules");
  for (const name of left) renameSync(join(modules, name), join(aside, name));
  for (const file of ["without-emulator.mjs", "without-peers.mjs"])
    await run(nodePath, [join("test", "pack", file)], { cwd: project, env });
  for (const name of left) renameSync(join(aside, name), join(modules, name));
}

/** `withExamples`: the longer bots; one Node is enough for them. */
async function useOn(nodePath, { withExamples }) {
  const version = (await run(nodePath, ["--version"])).trim();
  const { NODE_OPTIONS: _options, ...clean } = envWithPath(dirname(nodePath));
  const env = { ...clean, ...NO_ACCOUNT };
  const options = { node: nodePath, project, env };
  await step(`${version}: npx tavus-transport`, async () => {
    await run("npm", ["exec", "--no", "--", "tavus-transport", "--version"], { cwd: project, env, shell: onWindows });
  });
  await step(`${version}: every command, and the whole bot of README`, () =>
    runCommands({ ...options, during: (emulator, variables) => runWholeBot(emulator, variables, options) }),
  );
  await step(`${version}: the smallest bot of README`, () => runSmallestBot(options));
  if (withExamples) await step(`${version}: examples/scripted-bot.ts`, () => runExample("scripted-bot.ts", options));

  await step(`${version}: bots without optional packages`, () => runWithoutEmulator(nodePath, env));
  await step(`${version}: in a CommonJS project`, async () => {
    const said = await run(nodePath, [join("test", "pack", "required.cjs")], { cwd: project, env });
    if (!said.endsWith("OK\n")) throw new Error(said);
  });
}

async function main() {
  const [, oldest] = /^>=(\d+)$/.exec(manifest.engines.node) ?? [];
  if (oldest === undefined) throw new Error(`engines must be >= a major version: ${manifest.engines.node}`);
  const nodes = step(`fetch Node ${oldest}.0.0 and ${NEWEST_NODE}`, () =>
    Promise.all([fetchNode(`${oldest}.0.0`), fetchNode(NEWEST_NODE)]),
  );
  nodes.catch(() => undefined); // Told where they are needed.
  const tarball = await step("npm pack", pack);
  // Mostly waits for the registry and the disk. The template runs on this Node: its `import.meta.main` is younger than 24.0.
  const env = { ...envWithPath(dirname(process.execPath), envForNpm()), ...NO_ACCOUNT };
  const template = { root, work, tarball, npm: (args, cwd) => run("npm", args, { cwd, env, shell: onWindows }), env };
  const bot = step("npm create tavus-bot", () => scaffold(template));
  bot.catch(() => undefined);
  await step("publint", () => tool([bin("publint", "src/cli.js"), "--strict", tarball]));
  const attw = bin("@arethetypeswrong/cli", "dist/index.js");
  await step("are the types wrong", () => tool([attw, "--profile", "esm-only", tarball]));
  await step("install as README says", installAsReadmeSays);
  await step("imports", async () => failOn(await brokenImports(installed)));
  await step("links", async () => failOn(brokenLinks(installed)));
  await step("compile against the types", compileAgainstTypes);
  const [oldestNode, newestNode] = await nodes;
  await useOn(oldestNode, { withExamples: true });
  await useOn(newestNode, { withExamples: false });
  const folder = await bot;
  await step("the new bot: page, types, test, server", () => runTemplate(folder, template));
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
