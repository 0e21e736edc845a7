import type { AvatarState } from "../avatar/avatar-state.ts";
import type { CallPlace } from "./call-place.ts";

/** The app message that users receive when the call moves to another room. */
export interface RoomChangedMessage {
  readonly label: "tavus-transport";
  readonly type: "room-changed";
  readonly data: {
    /** The URL of the room to join. */
    readonly url: string;
    /** The meeting token to join with; absent for a room that needs none. */
    readonly token?: string;
    /** Why, as in `AvatarState`; absent when the pal is back. */
    readonly reason?: string;
  };
}

/** Creates the message for the users of the room that is being left. */
export function createRoomAnnouncement(
  { conversationUrl, meetingToken }: CallPlace,
  avatar: AvatarState,
): RoomChangedMessage {
  return {
    label: "tavus-transport",
    type: "room-changed",
    data: {
      url: conversationUrl,
      ...(meetingToken === undefined ? {} : { token: meetingToken }),
      ...("reason" in avatar ? { reason: avatar.reason } : {}),
    },
  };
}
