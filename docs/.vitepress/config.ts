// The site that `npm run docs` builds. scripts/docs/ writes the pages that it reads.
import { readFileSync } from "node:fs";

import { type DefaultTheme, defineConfig } from "vitepress";

import { readManifest } from "../../scripts/docs/entry-points.ts";
import { readContents } from "../../scripts/docs/guides.ts";
import { toAnchor } from "../../scripts/docs/links.ts";
import { paths, root } from "../../scripts/docs/paths.ts";
import { type EntryPointPage, toSearchText } from "../../scripts/docs/reference.ts";
import { projectPages } from "../../scripts/docs/stage-pages.ts";

const { repositoryUrl, version } = readManifest(root);
const { title, summary, groups } = readContents(root);
const reference = JSON.parse(readFileSync(paths.referenceIndex, "utf8")) as EntryPointPage[];

function pageItem(path: string): DefaultTheme.SidebarItem {
  const [, heading = path] = /^# (.*)$/m.exec(readFileSync(`${root}/${path}`, "utf8")) ?? [];
  return { text: heading, link: `/${path.replace(/\.md$/, "")}` };
}

/** An entry point, and the headings of its page: the reference has too many symbols to list them on every page. */
function entryPointItem({ name, categories }: EntryPointPage): DefaultTheme.SidebarItem {
  const link = `/reference/${name}/`;
  const items = categories.map((text) => ({ text, link: `${link}#${toAnchor(text)}` }));
  return { text: name, link, collapsed: true, items };
}

const sidebar: DefaultTheme.SidebarItem[] = [
  { text: "Start", items: [{ text: "Overview", link: "/" }] },
  ...groups.map((group) => ({
    text: group.title,
    items: group.guides.map((guide) => ({ text: guide.title, link: `/${guide.path.replace(/\.md$/, "")}` })),
  })),
  { text: "API reference", items: reference.map(entryPointItem) },
  { text: "Project", items: projectPages(root).map(pageItem) },
];

export default defineConfig({
  title,
  description: summary,
  lang: "en",
  srcDir: paths.pages,
  srcExclude: ["public/**"],
  outDir: paths.site,
  cacheDir: paths.cache,
  // For a site that is not at the root of its host, for example DOCS_BASE=/tavus-transport/.
  base: process.env.DOCS_BASE ?? "/",
  markdown: {
    anchor: { slugify: toAnchor },
    config(markdown) {
      // Vue would take `{{ … }}` in code for an expression.
      const { code_inline: renderCode } = markdown.renderer.rules;
      markdown.renderer.rules.code_inline = (...args) => renderCode?.(...args).replace("<code", "<code v-pre") ?? "";
    },
  },
  // The search index is one large file, which a reader of the site loads when they search.
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  themeConfig: {
    nav: [
      { text: "Guides", link: `/${groups[0]?.guides[0]?.path.replace(/\.md$/, "") ?? ""}` },
      { text: "API reference", link: "/reference/" },
      { text: version, link: `${repositoryUrl}/releases` },
    ],
    sidebar,
    outline: [2, 3],
    search: {
      provider: "local",
      options: {
        _render: (text, env, markdown) => {
          const isReference = env.relativePath.startsWith("reference/");
          return markdown.render(isReference ? toSearchText(text) : text, env);
        },
      },
    },
    socialLinks: [{ icon: "github", link: repositoryUrl }],
  },
});
