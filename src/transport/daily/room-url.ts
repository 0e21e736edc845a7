import { InvalidOptionError } from "../../util/errors.ts";
import { isLoopbackHost } from "../../util/loopback.ts";

/**
 * Parses the URL of a room.
 *
 * @throws InvalidOptionError that names the rule it breaks.
 */
export function parseRoomUrl(url: string): URL {
  if (!URL.canParse(url)) {
    // Whatever follows may be a token.
    const [start] = url.split(/[?#]/, 1);
    throw new InvalidOptionError("url", `must be a room URL such as https://tavus.daily.co/c123; got "${start}".`);
  }
  const parsed = new URL(url);
  if (parsed.protocol !== "https:" && !(parsed.protocol === "http:" && isLoopbackHost(parsed.hostname)))
    throw new InvalidOptionError("url", "must be an https URL; http is only for rooms on this machine.");
  if (parsed.pathname.length < 2) throw new InvalidOptionError("url", "must name a room after the host.");
  return parsed;
}

/** Room links carry their token as `?t=`; it must not get into logs with the URL. */
export function splitToken(roomUrl: string): { readonly url: string; readonly token: string | undefined } {
  const url = new URL(roomUrl);
  const token = url.searchParams.get("t") ?? undefined;
  url.searchParams.delete("t");
  return { url: url.href, token };
}
