import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");

/** Everything that the site is made of, and the site itself. Git ignores it. */
const build = join(root, ".build", "docs");
export const paths = {
  build,
  /** The Markdown that VitePress reads: the guides with links for the site, and the reference. */
  pages: join(build, "pages"),
  /** Files that are served as they are. */
  public: join(build, "pages", "public"),
  reference: join(build, "pages", "reference"),
  /** The entry points and their headings, for the sidebar. */
  referenceIndex: join(build, "reference.json"),
  cache: join(build, "cache"),
  site: join(build, "site"),
};
