import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A page in docs/, with what README's list says of it. */
export interface Guide {
  /** Relative to the repository, for example "docs/events.md". */
  readonly path: string;
  readonly title: string;
  readonly summary: string;
}

export interface GuideGroup {
  readonly title: string;
  readonly guides: readonly Guide[];
}

/** README's "Docs" section: the one list of guides, which the site's sidebar and llms.txt repeat. */
export interface Contents {
  readonly title: string;
  /** README's first paragraph. */
  readonly summary: string;
  readonly groups: readonly GuideGroup[];
}

const ITEM = /^- \[(?<title>[^\]]+)\]\((?<path>docs\/[^)#]+\.md)\): (?<summary>.+(?:\n {2}\S.*)*)/gm;

/** Reads README's title, its first paragraph and its list of guides: `### group`, then `- [title](docs/x.md): summary`. */
export function parseContents(readme: string): Contents {
  const [, title = "", summary = ""] = /^# (.+)\n\n((?:.+\n)+)/.exec(readme) ?? [];
  const [, list] = /^## Docs\n(.*?)(?=^## |$(?![^]))/ms.exec(readme) ?? [];
  if (list === undefined) throw new Error('README.md has no section "## Docs".');
  const [, ...groups] = list.split(/^### /m);
  return {
    title,
    summary: toOneLine(summary),
    groups: groups.map((text) => ({
      title: text.slice(0, text.indexOf("\n")).trim(),
      guides: [...text.matchAll(ITEM)].map(({ groups: { path = "", title = "", summary = "" } = {} }) => ({
        path,
        title,
        summary: toOneLine(summary),
      })),
    })),
  };
}

function toOneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, " ");
}

/** What is wrong with the list: a guide that it does not name, or names more than once, and a name without a file. */
export function findUnlistedGuides({ groups }: Contents, files: readonly string[]): string[] {
  const listed = groups.flatMap(({ guides }) => guides.map(({ path }) => path));
  return [
    ...files.filter((file) => !listed.includes(file)).map((file) => `${file} is not in README's list of docs`),
    ...listed
      .filter((path) => !files.includes(path))
      .map((path) => `README's list of docs names ${path}: no such file`),
    ...listed.filter((path, index) => listed.indexOf(path) !== index).map((path) => `README lists ${path} twice`),
  ];
}

/** All guides of the repository, as paths relative to it. */
export function guideFiles(root: string): string[] {
  return readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name.replaceAll("\\", "/")}`);
}

/** The list of guides. Throws when it and the files in docs/ disagree. */
export function readContents(root: string): Contents {
  const contents = parseContents(readFileSync(join(root, "README.md"), "utf8"));
  const problems = findUnlistedGuides(contents, guideFiles(root));
  if (problems.length > 0) throw new Error(`${problems.join("\n")}\nNext: mend the section "Docs" of README.md.`);
  return contents;
}
