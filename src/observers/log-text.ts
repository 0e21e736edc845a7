/** Secrets that must not reach a log: keys, bearer tokens, JSON web tokens, tokens in URLs. */
const SECRETS: readonly [pattern: RegExp, replacement: string][] = [
  [/\bbearer\s+[^\s"',;]+/gi, "Bearer ***"],
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, "***"],
  [/\b(?:sk|pk|rk)[-_][\w-]{8,}/g, "***"],
  [/((?:api[-_]?key|token|secret|password|authorization)["']?\s*[:=]\s*["']?)[^\s"'&,;}]+/gi, "$1***"],
  [/([?&](?:t|key|auth)=)[^&\s"']+/gi, "$1***"],
];

/** C0 and C1 controls, line and paragraph separators, and characters that change the direction of text. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

function escapeCharacter(char: string): string {
  if (char === "\n") return "\\n";
  if (char === "\r") return "\\r";
  if (char === "\t") return "\\t";
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * Makes text from outside safe for one line of a log: truncates it to `maxLength` characters, masks secrets, and
 * escapes characters that could break the line, move the cursor or change the direction of text.
 */
export function sanitizeLogText(text: string, maxLength: number): string {
  // The margin keeps a secret at the border recognisable; the limit keeps long text cheap.
  let clean = text.slice(0, maxLength + 512);
  for (const [pattern, replacement] of SECRETS) clean = clean.replace(pattern, replacement);
  const cut = clean.length > maxLength || text.length > maxLength + 512;
  return clean.slice(0, maxLength).toWellFormed().replace(UNPRINTABLE, escapeCharacter) + (cut ? "…" : "");
}
