import type { WebSocket } from "ws";

import { deferred } from "../../../util/deadline.ts";
import { BRIDGE_PATHS, type CallFrameOrder } from "./bridge-messages.ts";
import type { BridgeServer } from "./bridge-server.ts";
import type { CallPage } from "./call-page.ts";

/** The place of one call: a frame of a page, and its two connections. */
export class CallFrame {
  /** The page, which other calls may share. */
  readonly page: CallPage;
  readonly name: string;
  readonly control: WebSocket;
  readonly audio: WebSocket;

  private constructor(page: CallPage, name: string, control: WebSocket, audio: WebSocket) {
    this.page = page;
    this.name = name;
    this.control = control;
    this.audio = audio;
  }

  /** Opens a frame of that page; resolves when it is connected. */
  static async open(page: CallPage, bridge: BridgeServer, name: string): Promise<CallFrame> {
    const control = deferred<WebSocket>();
    const audio = deferred<WebSocket>();
    const controlToken = bridge.expect(BRIDGE_PATHS.control, (socket) => {
      control.resolve(socket);
    });
    const audioToken = bridge.expect(BRIDGE_PATHS.audio, (socket) => {
      audio.resolve(socket);
    });
    const path = bridge.documentPath("call", page.place);
    try {
      // Passed by the browser itself, so that the tokens are in no URL.
      const order: CallFrameOrder = { name, path, controlToken, audioToken };
      await page.evaluate(`openCall(${JSON.stringify(order)})`);
      // Both are open by now.
      return new CallFrame(page, name, await control.promise, await audio.promise);
    } finally {
      bridge.forget(controlToken);
      bridge.forget(audioToken);
      bridge.forgetDocument(path);
    }
  }

  /** Whether it can still be used. */
  get isConnected(): boolean {
    return this.page.isOpen && [this.control, this.audio].every((socket) => socket.readyState === socket.OPEN);
  }

  /** Closes the frame, and its page when it was the last one there. Never rejects. */
  close(): Promise<void> {
    return this.page.closeFrame(this);
  }
}
