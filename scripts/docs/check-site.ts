import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

const LINK = /<(?:a|img|link|script)\s[^>]*?(?:href|src)="([^"]*)"/g;
const ID = /\sid="([^"]*)"/g;

/** The links of the built site that lead nowhere, anchors included, as "page: link". */
export function findBrokenLinks(site: string): string[] {
  const pages = readdirSync(site, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => name.endsWith(".html"));
  const contents = new Map(pages.map((page) => [page, readFileSync(join(site, page), "utf8")]));
  const idsOf = cached((page) => new Set([...(contents.get(page) ?? "").matchAll(ID)].map(([, id = ""]) => id)));
  const isThere = cached((path) => existsSync(join(site, path)));

  const isBroken = (page: string, link: string): boolean => {
    const { origin, pathname, hash } = new URL(link, `http://site/${page}`);
    if (origin !== "http://site") return false;
    const path = decodeURIComponent(pathname.slice(1));
    const file = path === "" || path.endsWith("/") ? posix.join(path, "index.html") : path;
    if (!isThere(file)) return true;
    return hash !== "" && !idsOf(file).has(decodeURIComponent(hash.slice(1)));
  };
  return [...contents].flatMap(([page, html]) => {
    const links = new Set([...html.matchAll(LINK)].map(([, link = ""]) => link.replaceAll("&amp;", "&")));
    return [...links].filter((link) => isBroken(page, link)).map((link) => `${page}: ${link}`);
  });
}

function cached<Value>(compute: (key: string) => Value): (key: string) => Value {
  const values = new Map<string, Value>();
  return (key) => {
    const known = values.get(key);
    if (known !== undefined) return known;
    const value = compute(key);
    values.set(key, value);
    return value;
  };
}
