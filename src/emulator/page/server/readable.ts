import { withoutSecrets } from "../../state/request-log.ts";

const LONGEST_DETAIL = 4000;
const LONGEST_STRING = 200;

/** Formats a value as indented JSON for people: secrets redacted, long strings and the whole truncated. Undefined for nothing. */
export function readable(value: unknown, secrets: readonly string[]): string | undefined {
  const text = JSON.stringify(withoutSecrets(value), (_key, inner: unknown) => shown(inner), 2) as string | undefined;
  if (text === undefined || text === "{}") return undefined;
  return cut(withoutKnown(text, secrets), LONGEST_DETAIL);
}

/** Formats a value as one line, redacted and truncated likewise. */
export function readableLine(text: string, secrets: readonly string[]): string {
  return cut(withoutKnown(text, secrets), LONGEST_STRING);
}

function shown(value: unknown): unknown {
  if (typeof value !== "string") return value;
  return cut(withoutQuery(value), LONGEST_STRING);
}

/** A webhook URL has its secret in the query, and so does a room URL its token. */
function withoutQuery(text: string): string {
  if (!/^https?:/i.test(text) || !URL.canParse(text)) return text;
  const { origin, pathname, search, hash } = new URL(text);
  return `${origin}${pathname}${search + hash === "" ? "" : "?…"}`;
}

function withoutKnown(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => (secret === "" ? left : left.replaceAll(secret, "…")), text);
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`;
}
