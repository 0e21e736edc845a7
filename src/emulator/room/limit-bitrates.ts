/**
 * Limits the bit rates that an answer allows, by the `mid` of the media. It is the one way that `@roamhq/wrtc` and browsers
 * have in common: the former cannot change a sender's parameters.
 */
export function limitBitrates(sdp: string, limits: ReadonlyMap<string, number>): string {
  if (limits.size === 0) return sdp;
  const [session = "", ...media] = sdp.split(/(?=^m=)/m);
  const limited = media.map((section) => {
    const mid = /^a=mid:(.*?)\r?$/m.exec(section)?.[1];
    const limit = mid === undefined ? undefined : limits.get(mid);
    // In kilobits, after the line of the connection; a lower one than a kilobit would mean none.
    return limit === undefined
      ? section
      : section.replace(/^(c=.*\r?\n)/m, `$1b=AS:${Math.max(1, Math.round(limit / 1000))}\r\n`);
  });
  return [session, ...limited].join("");
}
