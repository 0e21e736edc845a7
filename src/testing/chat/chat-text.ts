/** Brings text into one form for comparing: composed characters, single spaces, none at the ends. */
export function normalizeText(text: string): string {
  return text.normalize("NFC").replace(/\s+/gu, " ").trim();
}

/** Joins parts of speech with single spaces. */
export function joinSpeech(parts: readonly string[]): string {
  return normalizeText(parts.join(" "));
}

/** Counts the words of a text: what spaces separate. */
export function countWords(text: string): number {
  const normal = normalizeText(text);
  return normal === "" ? 0 : normal.split(" ").length;
}
