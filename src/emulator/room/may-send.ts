import type { LocalTrack } from "./outgoing-link.ts";
import type { RoomPermissions, Sendable } from "./room-options.ts";

const MEDIUM_OF_TAG: Readonly<Record<string, Sendable>> = {
  "cam-audio": "audio",
  "cam-video": "video",
  "screen-audio": "screenAudio",
  "screen-video": "screenVideo",
};

/** The tracks that `canSend` allows. */
export function keepAllowed(
  tracks: ReadonlyMap<string, LocalTrack>,
  canSend: RoomPermissions["canSend"] = true,
): ReadonlyMap<string, LocalTrack> {
  if (canSend === true) return tracks;
  const allowed = canSend === false ? [] : canSend;
  return new Map(
    [...tracks].filter(([tag, { track }]) =>
      allowed.includes(MEDIUM_OF_TAG[tag] ?? (track.kind === "video" ? "customVideo" : "customAudio")),
    ),
  );
}
