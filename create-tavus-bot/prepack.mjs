// Puts what a new project consists of into dist/: template/, the bot, the server and the page of examples/web, and the versions of
// the packages, each from where this repository keeps it.
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const here = import.meta.dirname;
const root = join(here, "..");
const example = join(root, "examples", "web");
const dist = join(here, "dist");
const readJson = (...path) => JSON.parse(readFileSync(join(...path), "utf8"));

/** A project has one package.json, so the page's own is left out. */
const NOT_IN_A_PROJECT = new Set(["node_modules", "dist", "package.json", "package-lock.json"]);

rmSync(dist, { recursive: true, force: true });
cpSync(join(here, "template"), dist, { recursive: true });
cpSync(example, dist, { recursive: true, filter: (path) => !NOT_IN_A_PROJECT.has(basename(path)) });

const library = readJson(root, "package.json");
const page = readJson(example, "page", "package.json");
const manifest = readJson(here, "template", "package.json");
const optional = Object.keys(manifest.dependencies);
manifest.dependencies = {
  ...page.dependencies,
  ...Object.fromEntries(optional.map((name) => [name, library.devDependencies[name]])),
  [library.name]: `^${library.version}`,
};
manifest.devDependencies = { "@types/node": library.devDependencies["@types/node"], ...page.devDependencies };
writeFileSync(join(dist, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
