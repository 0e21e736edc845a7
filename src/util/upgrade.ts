import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/**
 * The path of a request, without its query. Never throws; `new URL()` would, for targets such as `//` that anyone can
 * send.
 */
export function requestPath({ url = "/" }: IncomingMessage): string {
  return url.split("?", 1)[0] ?? "/";
}

/** Answers an upgrade request with 403 and closes its connection. */
export function refuseUpgrade(socket: Duplex): void {
  // Node hands the socket over without an error listener: a peer that resets it would end the process.
  socket.on("error", () => {
    socket.destroy();
  });
  socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", () => {
    // Otherwise, a peer that never closes its end would keep the connection open.
    socket.destroy();
  });
}
