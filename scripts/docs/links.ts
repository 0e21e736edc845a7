/** A link or an image of a Markdown page, with the place of its target in the text. */
export interface MarkdownLink {
  readonly target: string;
  readonly start: number;
}

const FENCE = /^[ \t>]*(?<fence>`{3,}|~{3,})[^\n]*\n.*?^[ \t>]*\k<fence>[ \t]*$/gms;
const COMMENT = /<!--.*?-->/gs;
const INLINE_CODE = /(?<ticks>`+)(?!`)[^\n]*?(?<!`)\k<ticks>(?!`)/g;
const TARGET =
  /(?<before>\]\(<?|^[ ]{0,3}\[[^\]\n]+\]:[ \t]+<?|<(?:a|img)\s[^>]*?(?:href|src)=")(?<target>[^)\s">]+)/gm;
const HEADING = /^#{1,6}[ \t]+(?<title>.*?)[ \t]*#*$/gm;

/** The text with code and comments blanked out, so that every other character stays where it was. */
function withoutCode(markdown: string, { keepInlineCode = false } = {}): string {
  const blank = (found: string): string => found.replaceAll(/[^\n]/g, " ");
  const prose = markdown.replaceAll(FENCE, blank).replaceAll(COMMENT, blank);
  return keepInlineCode ? prose : prose.replaceAll(INLINE_CODE, blank);
}

/** All links and images of a page, those inside code excepted. */
export function findLinks(markdown: string): MarkdownLink[] {
  return [...withoutCode(markdown).matchAll(TARGET)].map((match) => {
    const { before = "", target = "" } = match.groups ?? {};
    return { target, start: match.index + before.length };
  });
}

/** Whether the target is on another site: it names a scheme, such as `https:` or `mailto:`. */
export function isExternal(target: string): boolean {
  return /^(?:[a-z][a-z+.-]*:|\/\/)/i.test(target);
}

/** The page with each link's target replaced by what `replace` returns for it. */
export function replaceLinks(markdown: string, replace: (target: string) => string): string {
  let text = markdown;
  // From the end, so that the places of the links before stay right.
  for (const { target, start } of findLinks(markdown).reverse())
    text = text.slice(0, start) + replace(target) + text.slice(start + target.length);

  return text;
}

/** The anchor that GitHub gives a heading, and the site too (`markdown.anchor.slugify`), so that a link works on both. */
export function toAnchor(title: string): string {
  return title
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");
}

/** The anchors of all headings of a page. A repeated heading gets a number, as on GitHub. */
export function anchorsOf(markdown: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutCode(markdown, { keepInlineCode: true }).matchAll(HEADING)].map((match) => {
    const title = (match.groups?.title ?? "").replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");
    const anchor = toAnchor(title);
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}
