#!/usr/bin/env node
// `npm create tavus-bot [folder]`: makes the folder of a new bot. Needs no package.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";

const USAGE = `Usage: npm create tavus-bot [folder] [-- --tavus-transport SPEC]

Makes the folder of a new bot: the bot, its test, a server with a web page, a Dockerfile.

  --tavus-transport SPEC  the version, tag, URL or file:PATH of the package tavus-transport
  --help                  shows this text`;
const DEFAULT_FOLDER = "my-bot";
/** npm leaves out files of this name when it publishes. */
const RENAMED = { _gitignore: ".gitignore" };
const OLDEST_NODE = 24;

/** Something the user can put right; the message says how. */
class UsageError extends Error {}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { "tavus-transport": { type: "string" }, help: { type: "boolean", short: "h" } },
    });
  } catch (error) {
    throw new UsageError(`${error.message}\n\n${USAGE}`);
  }
}

async function askForFolder() {
  if (!process.stdin.isTTY) throw new UsageError(`Name the folder of the bot.\n\n${USAGE}`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(`Folder of the bot (${DEFAULT_FOLDER}): `)).trim() || DEFAULT_FOLDER;
  } finally {
    terminal.close();
  }
}

/** A name that npm accepts for a package, as near to the folder's as possible. */
function toPackageName(folder) {
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z\d._~-]+/g, "-")
    .replaceAll(/^[._-]+|-+$/g, "");
  return name === "" ? DEFAULT_FOLDER : name;
}

/** A path is meant from where the user is; npm reads it from the new folder. */
function toSpecOfProject(spec, folder) {
  if (!spec.startsWith("file:")) return spec;
  return `file:${relative(folder, resolve(spec.slice("file:".length))).replaceAll("\\", "/")}`;
}

function create(folder, spec) {
  const template = join(import.meta.dirname, "dist");
  if (!existsSync(template)) throw new UsageError("This copy is not packed: run `npm pack`, and use the tarball.");
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new UsageError(`${folder} is not empty. Choose another folder.`);
  const isNew = !existsSync(folder);
  try {
    mkdirSync(folder, { recursive: true });
    cpSync(template, folder, { recursive: true });
    for (const [from, to] of Object.entries(RENAMED)) renameSync(join(folder, from), join(folder, to));
    const path = join(folder, "package.json");
    const manifest = JSON.parse(readFileSync(path, "utf8"));
    manifest.name = toPackageName(folder);
    if (spec !== undefined) manifest.dependencies["tavus-transport"] = toSpecOfProject(spec, folder);
    writeFileSync(path, `${JSON.stringify(manifest, undefined, 2)}\n`);
  } catch (error) {
    if (isNew) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function main() {
  if (Number(process.versions.node.split(".")[0]) < OLDEST_NODE)
    throw new UsageError(`Node ${OLDEST_NODE} or newer is needed; this is ${process.version}. See https://nodejs.org`);
  const { values, positionals } = readArguments();
  if (values.help) {
    console.log(USAGE);
    return;
  }
  if (positionals.length > 1) throw new UsageError(`One folder, not ${positionals.length}.\n\n${USAGE}`);
  const given = positionals[0] ?? (await askForFolder());
  const folder = resolve(given);
  create(folder, values["tavus-transport"]);
  console.log(`Made ${folder}. Next:

  cd ${relative(process.cwd(), folder) || "."}
  npm install
  npm start

It runs without a key. README.md in the folder says what comes after that.`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
