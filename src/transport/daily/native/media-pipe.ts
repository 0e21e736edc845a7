import type { Duplex } from "node:stream";

import { type Frame, frameHead, type FrameKind, FrameReader } from "./pipe-frames.ts";

export interface MediaPipeListener {
  onFrame(frame: Frame): void;
  /** The other side is gone, or what it sends is not frames. Called once. */
  onEnd(): void;
}

/** One end of the pipe between the bot's process and its media process. */
export class MediaPipe {
  readonly #stream: Duplex;
  readonly #listener: MediaPipeListener;
  #isCorked = false;
  #hasEnded = false;

  constructor(stream: Duplex, listener: MediaPipeListener) {
    this.#stream = stream;
    this.#listener = listener;
    const reader = new FrameReader((frame) => {
      if (!this.#hasEnded) listener.onFrame(frame);
    });
    stream.on("data", (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (thrown) {
        this.#end();
        stream.destroy(thrown as Error);
      }
    });
    // An error is followed by a close.
    stream.on("error", () => undefined);
    stream.on("end", () => this.#end());
    stream.on("close", () => this.#end());
  }

  /** Bytes that wait in this process because the other one does not read. */
  get backlogBytes(): number {
    return this.#stream.writableLength;
  }

  /** Sends a frame. The body is the pipe's until it has left. What is sent after the end is dropped. */
  send(callId: number, kind: FrameKind, body: Uint8Array): void {
    if (this.#hasEnded || this.#stream.writableEnded) return;
    if (!this.#isCorked) {
      // What is sent in one task leaves in one system call.
      this.#isCorked = true;
      this.#stream.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.#stream.uncork();
      });
    }
    this.#stream.write(frameHead(callId, kind, body.byteLength));
    this.#stream.write(body);
  }

  sendJson(callId: number, kind: FrameKind, value: unknown): void {
    this.send(callId, kind, Buffer.from(JSON.stringify(value)));
  }

  /** Sends what waits, and then an end of file. */
  end(): void {
    this.#stream.end();
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#listener.onEnd();
  }
}
