/** The last part of the URL's path, which is the id of a conversation; undefined for a URL without a path. */
export function getLastPart(url: string): string | undefined {
  return new URL(url).pathname.split("/").findLast((part) => part !== "");
}

/** Room links carry their token as `?t=`; it must not get into logs with the URL. */
export function splitToken(roomUrl: string): { readonly url: string; readonly token: string | undefined } {
  const url = new URL(roomUrl);
  const token = url.searchParams.get("t") ?? undefined;
  url.searchParams.delete("t");
  return { url: url.href, token };
}
