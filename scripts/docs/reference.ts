import { dirname, join, relative, sep } from "node:path";

import {
  Application,
  Comment,
  CommentTag,
  Converter,
  type DeclarationReflection,
  LogLevel,
  type ProjectReflection,
} from "typedoc";
import type { PluginOptions } from "typedoc-plugin-markdown";

import type { EntryPoint, Manifest } from "./entry-points.ts";

/** What the reference says of an entry point: its page, and the headings on it. */
export interface EntryPointPage {
  readonly name: string;
  readonly categories: readonly string[];
}

export interface ReferenceOptions {
  readonly root: string;
  readonly manifest: Manifest;
  /** The folder for the pages. */
  readonly out: string;
}

/** The name of a folder as a heading. Names this short are abbreviations: `api`, `rtc`. */
function toTitle(folder: string): string {
  if (folder.length <= 3) return folder.toUpperCase();
  return (folder.charAt(0).toUpperCase() + folder.slice(1)).replaceAll("-", " ");
}

/**
 * The heading under which an entry point lists a symbol: the folder of its source. The folders are the subjects of the
 * library; TypeDoc's own grouping, by class, interface and function, separates what belongs together.
 */
function categoryOf(symbol: DeclarationReflection, { root, entryPoint }: { root: string; entryPoint: EntryPoint }) {
  const file = symbol.sources?.[0]?.fullFileName;
  if (file === undefined) return "Other";
  const home = join(root, dirname(entryPoint.source));
  const inHome = relative(home, file).split(sep);
  const path = inHome[0] === ".." ? relative(join(root, "src"), file).split(sep) : inHome;
  return toTitle(path.length > 1 ? (path[0] ?? "") : (home.split(sep).at(-1) ?? ""));
}

/** Gives the modules the names that users import, and their symbols a category. */
function arrange(project: ProjectReflection, { root, manifest }: ReferenceOptions): void {
  for (const entryPoint of manifest.entryPoints) {
    const module = moduleOf(project, join(root, entryPoint.source));
    module.name = entryPoint.name;
    for (const symbol of module.children ?? []) {
      symbol.comment ??= new Comment();
      const text = categoryOf(symbol, { root, entryPoint });
      symbol.comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text }]));
    }
  }
}

function moduleOf(project: ProjectReflection, path: string): DeclarationReflection {
  const module = project.children?.find(({ sources }) => sources?.[0]?.fullFileName === path);
  if (!module) throw new Error(`TypeDoc made nothing of ${path}.`);
  return module;
}

/**
 * Writes the reference of every entry point, a Markdown page for each symbol.
 * @throws Error when a `{@link}` leads nowhere, after TypeDoc has logged which.
 */
export async function writeReference(options: ReferenceOptions): Promise<EntryPointPage[]> {
  const { root, manifest, out } = options;
  const markdown: Partial<PluginOptions> = {
    entryFileName: "index.md",
    hidePageHeader: true,
    useHTMLEncodedBrackets: true,
    sanitizeComments: true,
    indexFormat: "table",
    parametersFormat: "table",
    typeDeclarationFormat: "table",
    pageTitleTemplates: { index: "API reference", member: "{name}", module: "{name}" },
  };
  const app = await Application.bootstrapWithPlugins({
    name: "API reference",
    out,
    categorizeByGroup: false,
    entryPoints: manifest.entryPoints.map(({ source }) => join(root, source)),
    plugin: ["typedoc-plugin-markdown"],
    tsconfig: join(root, "tsconfig.json"),
    readme: "none",
    // `npm run typecheck` has checked them.
    skipErrorChecking: true,
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    disableGit: true,
    gitRevision: "main",
    sourceLinkTemplate: `${manifest.repositoryUrl}/blob/{gitRevision}/{path}#L{line}`,
    displayBasePath: root,
    logLevel: LogLevel.Warn,
    validation: { invalidLink: true, notExported: false, notDocumented: false, rewrittenLink: true },
    ...markdown,
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => arrange(project, options));
  const project = await app.convert();
  if (!project) throw new Error("TypeDoc could not read the sources.");
  app.validate(project);
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings())
    throw new Error("The API reference has warnings, see above. Next: mend the comments that they name.");

  return manifest.entryPoints.map(({ name, source }) => {
    const { categories = [] } = moduleOf(project, join(root, source));
    return { name, categories: categories.map(({ title }) => title) };
  });
}

/**
 * What the site's search finds of a reference page: its description and the names of its own members. Inherited members
 * would find a hundred pages for every method of FrameProcessor, and whole pages make the index ten times as large.
 */
export function toSearchText(markdown: string): string {
  const [head = "", ...members] = markdown.split(/^### /m);
  const description = head.split(/^## /m)[0] ?? "";
  const own = members.filter((member) => !/^#+ (?:Inherited from|Overrides)$/m.test(member));
  return [description, ...own.map((member) => `### ${member.split("\n")[0] ?? ""}\n`)].join("\n");
}
