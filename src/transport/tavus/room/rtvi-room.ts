import type { RTVIRoom } from "../../../rtvi/index.ts";
import type { TavusTransportClient } from "../tavus-transport-client.ts";

/** The room of a conversation as RTVI sees it: its users, without the pal. */
export function createRTVIRoom(client: TavusTransportClient, outputName: string): RTVIRoom {
  const { audioInEnabled, audioOutEnabled, videoInEnabled, maxMessageBytes = Infinity } = client.options.params;
  return {
    outputName,
    capabilities: {
      audio_in: audioInEnabled,
      audio_out: audioOutEnabled,
      video_in: videoInEnabled,
      screen_in: videoInEnabled,
      // The pal is what users see.
      video_out: true,
    },
    get maxMessageBytes() {
      return Math.min(client.callIfJoined?.maxAppMessageSize ?? DEFAULT_MAX_BYTES, maxMessageBytes);
    },
    isUser: (sessionId) => client.isClient(sessionId),
    send: (message, to) => client.sendAppMessage(message, to),
    listen: ({ onMessage, onUserJoined, onUserLeft, onRoomLeft }) => {
      client.events
        .on("appMessage", onMessage)
        .on("clientConnected", ({ sessionId }) => onUserJoined(sessionId))
        .on("clientDisconnected", ({ sessionId }) => onUserLeft(sessionId))
        .on("roomLeft", onRoomLeft)
        .on("closing", onRoomLeft);
    },
  };
}

/** What Daily allows unless the room says otherwise. */
const DEFAULT_MAX_BYTES = 4096;
