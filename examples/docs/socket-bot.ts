import {
  LevelVADProcessor,
  ParrotProcessor,
  Pipeline,
  PipelineTask,
  type PipelineTaskResult,
  UserTurnProcessor,
} from "tavus-transport";
import { type Peer, SocketTransport } from "./socket-transport.ts";

const SAMPLE_RATE = 16_000;

/** What this file needs of a `WebSocket` of the package `ws`. */
export interface Socket {
  binaryType: string;
  send(data: Uint8Array | string): void;
  close(): void;
  on(event: "message" | "close", listener: (data: unknown, isBinary: boolean) => void): unknown;
}

/** A browser or a phone gateway behind a WebSocket. */
export function webSocketPeer(socket: Socket): Peer {
  const peer: Peer = {
    sampleRate: SAMPLE_RATE,
    sendAudio: (pcm) => socket.send(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength)),
    sendMessage: (message) => socket.send(JSON.stringify(message)),
    close: () => socket.close(),
    onAudio: undefined,
  };
  socket.binaryType = "arraybuffer";
  socket.on("message", (data, isBinary) => {
    // Do not trust messages from the network: half a sample would throw here.
    if (isBinary && data instanceof ArrayBuffer && data.byteLength % 2 === 0) peer.onAudio?.(new Int16Array(data));
  });
  return peer;
}

/** One bot for one caller. Resolves when the call is over. */
export function answerCall(socket: Socket): Promise<PipelineTaskResult> {
  const transport = new SocketTransport(webSocketPeer(socket));
  const task = new PipelineTask(
    new Pipeline([
      transport.input(),
      new LevelVADProcessor(),
      new UserTurnProcessor(),
      new ParrotProcessor(),
      transport.output(),
    ]),
  );
  transport.on("clientDisconnected", () => task.end("the caller hung up"));
  socket.on("close", () => transport.callerLeft());
  transport.callerJoined();
  return task.run();
}
