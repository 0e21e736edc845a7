import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";

import { guideFiles } from "./guides.ts";
import { isExternal, replaceLinks } from "./links.ts";

export interface StageOptions {
  readonly root: string;
  readonly repositoryUrl: string;
  /** The folder for the pages, which mirrors the repository. */
  readonly out: string;
}

/** The pages about the project that are on the site, as far as the repository has them. */
export function projectPages(root: string): string[] {
  const known = ["ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"];
  return known.filter((page) => existsSync(join(root, page)));
}

/** All Markdown of the repository that is on the site. */
export function pagesOf(root: string): string[] {
  return ["README.md", ...guideFiles(root), ...projectPages(root)];
}

/**
 * What a link is on the site. Pages and pictures keep their relative place; README is the home page; every other file and
 * folder of the repository is a link to the repository.
 */
export function toSiteLink(target: string, from: string, { root, repositoryUrl }: Omit<StageOptions, "out">): string {
  if (isExternal(target) || target.startsWith("#")) return target;
  const [path = "", anchor] = target.split("#");
  const file = posix.join(posix.dirname(from), path);
  const suffix = anchor === undefined ? "" : `#${anchor}`;
  if (file === "README.md") return posix.join(posix.dirname(path), "index.md") + suffix;
  if (pagesOf(root).includes(file) || isPicture(file)) return target;
  const kind = statSync(join(root, file)).isDirectory() ? "tree" : "blob";
  return `${repositoryUrl}/${kind}/main/${file}${suffix}`;
}

function isPicture(file: string): boolean {
  return /^docs\/[^/]+\.(?:svg|png|jpg)$/.test(file);
}

/** Copies every page, and the pictures in docs/, with links as the site needs them. */
export function stagePages(options: StageOptions): void {
  const { root, out } = options;
  mkdirSync(join(out, "docs"), { recursive: true });
  for (const page of pagesOf(root)) stagePage(page, options);
  for (const name of readdirSync(join(root, "docs")).filter((name) => isPicture(`docs/${name}`)))
    copyFileSync(join(root, "docs", name), join(out, "docs", name));
}

function stagePage(page: string, options: StageOptions): void {
  const markdown = readFileSync(join(options.root, page), "utf8");
  const path = join(options.out, page === "README.md" ? "index.md" : page);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    replaceLinks(markdown, (target) => toSiteLink(target, page, options)),
  );
}
