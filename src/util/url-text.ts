import { asError } from "./errors.ts";

/**
 * Host and path of a URL, for log lines: "tavus.daily.co/c123". What can hold a secret (the query, the fragment, a user
 * name) is left out.
 */
export function toPlace(url: string): string {
  if (!URL.canParse(url)) return "(no URL)";
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** The text with every URL in it cut before its query or fragment, where tokens are. */
export function withoutQueries(text: string): string {
  return text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>?#]*)[?#][^\s"'<>]*/gi, "$1");
}

/** The message of anything thrown, fit for a log: without the queries of URLs. */
export function toLogText(thrown: unknown): string {
  return withoutQueries(asError(thrown).message);
}
