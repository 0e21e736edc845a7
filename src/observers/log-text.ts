/** What must not reach a log whoever wrote it: keys, bearer tokens, JSON web tokens, tokens in URLs. */
const SECRETS: readonly [pattern: RegExp, replacement: string][] = [
  [/\bbearer\s+[^\s"',;]+/gi, "Bearer ***"],
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, "***"],
  [/\b(?:sk|pk|rk)[-_][\w-]{8,}/g, "***"],
  [/((?:api[-_]?key|token|secret|password|authorization)["']?\s*[:=]\s*["']?)[^\s"'&,;}]+/gi, "$1***"],
  [/([?&](?:t|key|auth)=)[^&\s"']+/gi, "$1***"],
];

/** C0 and C1 controls, line and paragraph separators, and what turns the direction of text around. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

function escapeCharacter(char: string): string {
  if (char === "\n") return "\\n";
  if (char === "\r") return "\\r";
  if (char === "\t") return "\\t";
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * Text that somebody else wrote, fit for one line of a log: cut to `maxLength` characters, secrets blotted out, and all that
 * could break the line, move the cursor or turn the text around escaped.
 */
export function logText(text: string, maxLength: number): string {
  // A margin, so that a secret on the border is still known for one, but no more work than the line is worth.
  let clean = text.slice(0, maxLength + 512);
  for (const [pattern, replacement] of SECRETS) clean = clean.replace(pattern, replacement);
  const cut = clean.length > maxLength || text.length > maxLength + 512;
  return clean.slice(0, maxLength).toWellFormed().replace(UNPRINTABLE, escapeCharacter) + (cut ? "…" : "");
}
