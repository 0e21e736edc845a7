/** The last part of the URL's path, which is the id of a conversation; undefined for a URL without a path. */
export function getLastPart(url: string): string | undefined {
  return new URL(url).pathname.split("/").findLast((part) => part !== "");
}
