// A room of your own for one call: private, with a token for the bot and another one for the user, and with an end.
import { DailyApi } from "tavus-transport/api";

/** A room that is ready for a call. */
export interface CallRoom extends AsyncDisposable {
  readonly url: string;
  readonly botToken: string;
  /** For the user's page. It may not mute or eject anybody. */
  readonly userToken: string;
}

// #region open
export async function openRoom(userName: string, api = new DailyApi()): Promise<CallRoom> {
  const room = await api.createTemporaryRoom({ expiresInS: 1800 });
  const [botToken, userToken] = await Promise.all([
    api.createMeetingToken({ roomName: room.name, userName: "Bot", isOwner: true }),
    api.createMeetingToken({ roomName: room.name, userName, expiresInS: 300 }),
  ]);
  return { url: room.url, botToken, userToken, [Symbol.asyncDispose]: () => api.deleteRoom(room.name) };
}
// #endregion
