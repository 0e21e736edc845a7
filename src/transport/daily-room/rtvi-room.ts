import type { RTVIRoom } from "../../rtvi/index.ts";
import type { DailyTransportClient } from "./daily-transport-client.ts";

/** What Daily allows unless the room says otherwise. */
const DEFAULT_MAX_BYTES = 4096;

/** A Daily room as RTVI sees it: everybody else in it is a user. */
export function createRTVIRoom(client: DailyTransportClient, outputName: string): RTVIRoom {
  const { audioInEnabled, audioOutEnabled, videoInEnabled, videoOutEnabled } = client.options.params;
  return {
    outputName,
    capabilities: {
      audio_in: audioInEnabled,
      audio_out: audioOutEnabled,
      video_in: videoInEnabled,
      screen_in: videoInEnabled,
      video_out: videoOutEnabled,
    },
    get maxMessageBytes() {
      return client.callIfJoined?.maxAppMessageSize ?? DEFAULT_MAX_BYTES;
    },
    isUser: (sessionId) => client.isPresent(sessionId),
    send: (message, to) => client.messages.send(message, to),
    listen: ({ onMessage, onUserJoined, onUserLeft, onRoomLeft }) => {
      client.signals
        .on("appMessage", onMessage)
        .on("present", ({ sessionId }) => onUserJoined(sessionId))
        .on("gone", onUserLeft)
        .on("lost", onRoomLeft);
    },
  };
}
