import { isLoopbackHost } from "../../../util/loopback.ts";

/** Daily's own servers, as a place of rooms. */
export const DAILY_PLACE = "daily";

/** The place of a room, which says what its page may reach: the origin of a local room, or {@link DAILY_PLACE}. */
export function placeOf(roomUrl: string): string {
  const { origin, hostname } = new URL(roomUrl);
  return isLoopbackHost(hostname) ? origin : DAILY_PLACE;
}
