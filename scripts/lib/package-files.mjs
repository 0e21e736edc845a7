// Checks that the files of an installed package find each other: imports, and links in its documents.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const LINK = /\]\(([^)\s#]+)(?:#[^)]*)?\)/g;
/** Matches files that a module loads by a URL relative to itself. */
const URL_BESIDE = /new URL\(\s*["'`]([^"'`$]+)["'`],\s*import\.meta\.url/g;

function filesIn(folder, pattern) {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => pattern.test(name) && !name.includes("node_modules")).map((name) => join(folder, name));
}

function toPackageName(specifier) {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Finds imports in dist that a user could not resolve. */
export async function brokenImports(folder) {
  const { default: ts } = await import("typescript");
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const { name, dependencies, optionalDependencies, peerDependencies } = manifest;
  const known = new Set([name, ...Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })]);
  const problems = [];
  for (const file of filesIn(join(folder, "dist"), /\.(?:js|d\.ts)$/)) {
    const isDeclaration = file.endsWith(".d.ts");
    if (file.includes(join("dist", "browser"))) continue; // Bundled: imports nothing.
    const text = readFileSync(file, "utf8");
    const complain = (specifier, why) => problems.push(`${relative(folder, file)} imports "${specifier}", ${why}`);
    const imported = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
    const besides = isDeclaration ? [] : [...text.matchAll(URL_BESIDE)].map(([, target]) => target);
    for (const specifier of new Set([...imported, ...besides])) {
      if (specifier.startsWith("node:")) continue;
      if (!specifier.startsWith(".")) {
        if (!known.has(toPackageName(specifier))) complain(specifier, "which package.json does not name");
        continue;
      }
      const target = join(dirname(file), specifier);
      const path = isDeclaration ? target.replace(/\.js$/, ".d.ts") : target;
      if (/\.ts$/.test(specifier)) complain(specifier, "which is no file of JavaScript");
      else if (!existsSync(path)) complain(specifier, "which the package does not contain");
    }
  }
  return problems;
}

/** Finds links in the documents to files that the package does not contain. */
export function brokenLinks(folder) {
  return filesIn(folder, /\.md$/).flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(LINK)]
      .map(([, target]) => target)
      .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(dirname(page), target)))
      .map((target) => `${relative(folder, page)} links to ${target}, which the package does not contain`),
  );
}

/** Returns the code block of this language under this heading of the README. */
export function readmeBlock(folder, heading, language) {
  const readme = readFileSync(join(folder, "README.md"), "utf8");
  const [, section] = readme.split(new RegExp(`^##+ ${heading}$`, "m"));
  const [, code] = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "ms").exec(section ?? "") ?? [];
  if (code === undefined) throw new Error(`README has no ${language} block under "${heading}".`);
  return code;
}
