import type { Duplex } from "node:stream";

import { type Frame, frameHead, type FrameKind, FrameReader } from "./pipe-frames.ts";

/** Copying this much costs less than a write of two parts: it is 100 times per second and capture. */
const SMALL_BYTES = 4096;

export interface MediaPipeListener {
  onFrame(frame: Frame): void;
  /** The other side is gone, or what it sends is not frames. Called once. */
  onEnd(): void;
}

/** One end of the pipe between the bot's process and its media process. */
export class MediaPipe {
  readonly #stream: Duplex;
  readonly #listener: MediaPipeListener;
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
    const head = frameHead(callId, kind, body.byteLength);
    if (body.byteLength <= SMALL_BYTES) {
      this.#stream.write(Buffer.concat([head, body]));
      return;
    }
    this.#stream.cork();
    this.#stream.write(head);
    this.#stream.write(body);
    this.#stream.uncork();
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
