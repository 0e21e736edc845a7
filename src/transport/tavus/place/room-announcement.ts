import type { AvatarState } from "../avatar/avatar-state.ts";
import type { CallPlace } from "./call-place.ts";

/**
 * An app message of the transport to users. "fallback-room": where the call goes on if this room ends. "room-changed": the
 * call goes on there now.
 */
interface RoomAnnouncement {
  readonly label: "tavus-transport";
  readonly type: "fallback-room" | "room-changed";
  readonly data: {
    /** The URL of the room to join. */
    readonly url: string;
    /** The meeting token to join with; absent for a room that needs none. */
    readonly token?: string;
    /** Why, as in `AvatarState`. */
    readonly reason?: string;
  };
}

/** Creates the message to a user who has joined the conversation's room: where to go when that room ends. */
export function announceFallback(place: CallPlace): RoomAnnouncement {
  return { label: "tavus-transport", type: "fallback-room", data: toData(place) };
}

/** Creates the message to the users of a room that is being left. */
export function announceRoomChange(place: CallPlace, avatar: AvatarState): RoomAnnouncement {
  const reason = "reason" in avatar ? { reason: avatar.reason } : {};
  return { label: "tavus-transport", type: "room-changed", data: { ...toData(place), ...reason } };
}

function toData({ conversationUrl, meetingToken }: CallPlace): RoomAnnouncement["data"] {
  return { url: conversationUrl, ...(meetingToken === undefined ? {} : { token: meetingToken }) };
}
