import type { PeerInfo } from "../room/protocol.ts";
import type { Pending } from "./local-media.ts";

/** A published medium as the participant object shows it. */
export interface ShownTrack {
  readonly kind: "audio" | "video";
  /** Switched on by who publishes it. */
  readonly on: boolean;
  readonly subscribed: boolean | "staged";
  /** Whether its MediaStreamTrack is here. */
  readonly arrived: boolean;
}

const NAME_BY_TAG: Readonly<Record<string, string>> = {
  "cam-audio": "audio",
  "cam-video": "video",
  "screen-audio": "screenAudio",
  "screen-video": "screenVideo",
};

function trackState(track: ShownTrack): object {
  const { subscribed } = track;
  if (!track.on) return { subscribed, state: "off", off: { byUser: true } };
  if (subscribed !== true) return { subscribed, state: "sendable" };
  return { subscribed, state: track.arrived ? "playable" : "loading" };
}

/** While the browser asks for a device its track is `interrupted` and has no MediaStreamTrack: daily-react's "pending". */
function pendingState(pending: Pending): object {
  if (pending === "opening") return { subscribed: true, state: "interrupted" };
  return { subscribed: true, state: "blocked", blocked: { [pending]: true } };
}

/**
 * The participant object that daily-js takes from its call machine (reference, section 4.1). `pending`: devices of the
 * local participant that are wanted and not there, by tag.
 */
export function participantObject(
  peer: PeerInfo,
  local: boolean,
  shown: ReadonlyMap<string, ShownTrack>,
  pending: ReadonlyMap<string, Pending> = new Map(),
): object {
  const off = { subscribed: true, state: "off", off: { byUser: true } };
  const tracks: Record<string, object> = { audio: off, video: off, screenAudio: off, screenVideo: off };
  for (const [tag, track] of shown) {
    const standardName = NAME_BY_TAG[tag];
    // `kind` is mandatory on a custom track: without it daily-js attaches nothing to it.
    tracks[standardName ?? tag] = standardName ? trackState(track) : { ...trackState(track), kind: track.kind };
  }
  for (const [tag, why] of pending) tracks[NAME_BY_TAG[tag] ?? tag] = pendingState(why);
  const isOn = (tag: string): boolean => shown.get(tag)?.on ?? false;
  return {
    session_id: peer.sessionId,
    user_id: peer.userId,
    user_name: peer.userName,
    ...(peer.userData !== undefined && { userData: peer.userData }),
    local,
    owner: peer.owner,
    record: false,
    joined_at: new Date(peer.joinedAtMs),
    will_eject_at: new Date(0),
    networkThreshold: "good",
    networkQualityState: "good",
    permissions: {
      hasPresence: true,
      canSend: true,
      canReceive: { base: true },
      canAdmin: peer.owner,
      ...Object.fromEntries(
        // daily-js has sets for lists.
        Object.entries(peer.permissions ?? {}).map(([name, of]) => [name, Array.isArray(of) ? new Set(of) : of]),
      ),
    },
    audio: isOn("cam-audio"),
    video: isOn("cam-video"),
    screen: isOn("screen-video"),
    cam_info: {},
    screen_info: {},
    tracks,
  };
}
