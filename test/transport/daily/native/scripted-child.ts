import { duplexPair, PassThrough } from "node:stream";

import { FRAME_KIND, frameHead, type Frame, FrameReader } from "../../../../src/transport/daily/native/pipe-frames.ts";
import type { ChildEnd, ProcessEnd } from "../../../../src/transport/daily/native/spawn-media-process.ts";

/** A media process that does what a test says. */
export class ScriptedChild implements ChildEnd {
  readonly pid = 4711;
  readonly pipe;
  readonly errors = new PassThrough();
  readonly #far;
  /** What the bot has sent. */
  readonly received: Frame[] = [];
  kills = 0;
  isKeptAlive = false;
  #onEnd: ((end: ProcessEnd) => void) | undefined;

  constructor() {
    const [near, far] = duplexPair();
    this.pipe = near;
    this.#far = far;
    const reader = new FrameReader((frame) => this.received.push(frame));
    far.on("data", (chunk: Buffer) => reader.push(chunk));
  }

  onceEnded(listener: (end: ProcessEnd) => void): void {
    this.#onEnd = listener;
  }

  /** As a process does that is killed. */
  kill(): void {
    this.kills++;
    this.ends({ is: "signal", signal: "SIGKILL" });
  }

  keepsAlive(wanted: boolean): void {
    this.isKeptAlive = wanted;
  }

  ends(end: ProcessEnd): void {
    this.#far.destroy();
    this.#onEnd?.(end);
  }

  sends(callId: number, kind: number, body: string | Uint8Array): void {
    const bytes = Buffer.from(body as Uint8Array);
    this.sendsBytes(Buffer.concat([frameHead(callId, kind as 0, bytes.length), bytes]));
  }

  sendsBytes(bytes: Buffer): void {
    this.#far.write(bytes);
  }

  isReady(): void {
    this.sends(0, FRAME_KIND.life, '{"is":"ready"}');
  }

  /** The JSON that the bot has sent for a call. */
  orders(callId: number): unknown[] {
    return this.received
      .filter((frame) => frame.callId === callId && frame.kind !== FRAME_KIND.media)
      .map(({ body }) => JSON.parse(body.toString()) as unknown);
  }
}

/** Lets what was sent arrive. */
export async function delivered(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
