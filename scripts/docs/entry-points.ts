import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A module that users import: one entry of package.json's `exports`. */
export interface EntryPoint {
  /** As users write it, for example "tavus-transport/emulator". */
  readonly name: string;
  /** Its source file, relative to the repository. */
  readonly source: string;
}

/** What of package.json the site shows. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  /** Where the repository is, without a slash at the end. */
  readonly repositoryUrl: string;
  readonly entryPoints: readonly EntryPoint[];
}

const SOURCE_CONDITION = "tavus-transport-source";

type Exports = Record<string, string | Record<string, string>>;

/** Reads the package's name, its repository and its entry points. Throws when an entry point names no source. */
export function readManifest(root: string): Manifest {
  const { name, version, repository, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    name: string;
    version: string;
    repository: { url: string };
    exports: Exports;
  };
  const entryPoints = Object.entries(exports).flatMap(([path, target]) => {
    if (typeof target === "string") return []; // A file, such as package.json.
    const source = target[SOURCE_CONDITION];
    if (source === undefined) throw new Error(`package.json: exports["${path}"] has no "${SOURCE_CONDITION}".`);
    return [{ name: name + path.slice(1), source }];
  });
  return { name, version, repositoryUrl: repository.url.replace(/^git\+|\.git$/g, ""), entryPoints };
}
