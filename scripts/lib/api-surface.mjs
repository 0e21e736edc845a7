// What each entry point of the package shows its users: API Extractor's report, and the program that it looks at.
import { CompilerState, Extractor, ExtractorConfig } from "@microsoft/api-extractor";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/**
 * What an entry may mention without exporting it: what these other entries export. Frames and processors have one home,
 * `tavus-transport`, and the many types of the Tavus API another. The entries of services mention the root.
 */
const MENTIONS = { ".": ["./api"], "./api": [], "./emulator": [], "./testing": ["."] };

/** The entry points in the manifest: `{ name, declarations, report }`. */
export const entries = Object.entries(manifest.exports)
  .filter(([, target]) => target.types !== undefined)
  .map(([name, { types }]) => ({
    name,
    specifier: name.replace(".", manifest.name),
    declarations: join(root, types),
    report: `${name === "." ? manifest.name : name.slice("./".length)}.api.md`,
  }));

const compilerOptions = {
  target: "esnext",
  module: "nodenext",
  // No DOM: users who have only @types/node see the same types.
  lib: ["es2025", "esnext.disposable"],
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
};

function configFor(entry, folders) {
  const files = entries.map(({ declarations }) => declarations);
  const none = { logLevel: "none" };
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, "package.json"),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: entry.declarations,
      newlineKind: "lf",
      compiler: { overrideTsconfig: { compilerOptions, files } },
      apiReport: {
        enabled: true,
        reportFileName: entry.report,
        reportFolder: folders.committed,
        reportTempFolder: folders.fresh,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: "error" } },
        extractorMessageReporting: {
          default: { logLevel: "error" },
          // Everything exported is public; what is not goes by `@internal`, and tsc strips it.
          "ae-missing-release-tag": none,
          // docstrings.mjs looks for what API Extractor does not know: inherited docstrings, event maps, units.
          "ae-undocumented": none,
          // Its own syntax for links is not the one that editors and TypeDoc read.
          "ae-unresolved-link": none,
        },
        tsdocMessageReporting: { default: none },
      },
    },
  });
}

/**
 * Looks at every entry point. `folders.committed` is where the reports are, `folders.fresh` is where new ones are written.
 * `update` copies them over. Returns the TypeScript program, and by entry whether its report has changed and its problems.
 */
export function readSurface(folders, update) {
  const missing = entries.filter(({ declarations }) => !existsSync(declarations));
  if (missing.length > 0) throw new Error("There are no declarations in dist: run `npm run build` first.");

  const configs = entries.map((entry) => configFor(entry, folders));
  const compilerState = CompilerState.create(configs[0], {
    additionalEntryPoints: entries.map(({ declarations }) => declarations),
  });
  const surfaces = entries.map((entry, index) => {
    const messages = [];
    const result = Extractor.invoke(configs[index], {
      compilerState,
      localBuild: update,
      messageCallback: (message) => {
        message.handled = true;
        if (message.logLevel === "error") messages.push(message);
      },
    });
    return { entry, changed: result.apiReportChanged, messages };
  });
  return {
    program: compilerState.program,
    surfaces: surfaces.map((surface) => withoutMentions(surface, compilerState)),
  };
}

/** Leaves out what is not exported here but by an entry that this one may mention. */
function withoutMentions({ entry, changed, messages }, { program }) {
  const checker = program.getTypeChecker();
  const homes = entries.filter(({ name }) => (MENTIONS[entry.name] ?? ["."]).includes(name));
  const elsewhere = new Set(homes.flatMap((home) => exportsOf(program, checker, home).map(({ name }) => name)));
  const problems = messages
    .filter(({ messageId, text }) => messageId !== "ae-forgotten-export" || !elsewhere.has(/"(\w+)"/.exec(text)?.[1]))
    .map((message) => message.formatMessageWithLocation(root));
  return { entry, changed, problems };
}

/** The symbols an entry exports. */
export function exportsOf(program, checker, entry) {
  return checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry.declarations)));
}
