import { normalizeText } from "./chat-text.ts";

/** A pattern for what the bot says: the source of a regular expression. */
export interface SpeechPattern {
  /** The source, without anchors. */
  readonly source: string;
}

/** "…" and "..." stand for any words, or none. */
const GAP = /…|\.{3,}/u;
const ONLY_GAPS = /^(?:…|\.{3,}|\s)+$/u;
const REGULAR_EXPRESSION = /^\/(.+)\/([a-z]*)$/su;
const FLAGS = /^[is]*$/;

/**
 * Reads the text of a `bot:` line: exact words, words with gaps (`…`), or a regular expression (`/…/i`) that must match a
 * part of what was said. Returns the rule that the text breaks, if any.
 */
export function parseSpeechPattern(text: string): SpeechPattern | string {
  const [, body, flags = ""] = REGULAR_EXPRESSION.exec(text) ?? [];
  if (body === undefined) return { source: toSource(text) };
  if (!FLAGS.test(flags)) return `a regular expression may have the flags i and s, not "${flags}".`;
  if (/\\[1-9]/.test(body)) return "a regular expression may have no numbered back-reference; name the group.";
  const group = flags === "" ? "?:" : `?${[...new Set(flags)].join("")}:`;
  const source = `[^]*?(${group}${body})[^]*`;
  try {
    new RegExp(source, "u");
  } catch (thrown) {
    return `the regular expression cannot be read: ${(thrown as Error).message}`;
  }
  return { source };
}

function toSource(text: string): string {
  // Something must be said.
  if (ONLY_GAPS.test(text)) return "[^]*\\S[^]*";
  return normalizeText(text)
    .split(GAP)
    .map((words) =>
      words
        .trim()
        .split(" ")
        .map((word) => RegExp.escape(word))
        .join("\\s+"),
    )
    .join("[^]*?");
}

/** Whether the whole text is said by these patterns, one after the other. */
export function matchesAll(patterns: readonly SpeechPattern[], heard: string): boolean {
  return new RegExp(`^${patterns.map(({ source }) => `(?:${source})`).join("\\s*")}$`, "u").test(normalizeText(heard));
}

/**
 * How many of the patterns, from the first on, match the beginning of the text: the next one is where it differs. With all of
 * them, something was said after the last.
 */
export function countMatching(patterns: readonly SpeechPattern[], heard: string): number {
  const text = normalizeText(heard);
  const matches = (count: number): boolean => {
    const source = patterns.slice(0, count).map((pattern) => `(?:${pattern.source})`);
    return new RegExp(`^${source.join("\\s*")}`, "u").test(text);
  };
  let count = 0;
  while (count < patterns.length && matches(count + 1)) count++;
  return count;
}
