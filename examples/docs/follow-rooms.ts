// How a page follows a bot whose call moves to another room: docs/when-the-pal-fails.md quotes it.
import type { DailyCall } from "@daily-co/daily-js";

// #region follow
interface Room {
  readonly url: string;
  readonly token?: string;
}

/** Anyone in a room can send app messages: only rooms of the given hosts, such as "acme.daily.co", are joined. */
function readRoom(message: unknown, hosts: readonly string[]): { type: string; room: Room } | undefined {
  const { label, type, data } = message as { label?: unknown; type?: unknown; data?: Room };
  if (label !== "tavus-transport" || typeof type !== "string" || typeof data?.url !== "string") return undefined;
  return URL.canParse(data.url) && hosts.includes(new URL(data.url).host) ? { type, room: data } : undefined;
}

/** Keeps a page in the call: goes where the bot goes, and to the fallback room when the conversation's room ends. */
export function followRooms(call: DailyCall, hosts: readonly string[]): void {
  let fallback: Room | undefined;
  const enter = async ({ url, token }: Room): Promise<void> => {
    fallback = undefined;
    await call.leave();
    await call.join({ url, ...(token !== undefined && { token }) });
  };
  call.on("app-message", ({ data }) => {
    const move = readRoom(data, hosts);
    if (move?.type === "fallback-room") fallback = move.room;
    if (move?.type === "room-changed") void enter(move.room);
  });
  // The room has ended: daily-js reports it as an error. The user's own leave() is not one.
  call.on("error", () => {
    if (fallback) void enter(fallback);
  });
}
// #endregion
