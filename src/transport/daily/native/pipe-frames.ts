/**
 * What is on the pipe between the bot's process and its media process: frames, each a 12-byte head (the length of the body,
 * the id of the call, the kind; all little endian) and a body. The stream is ordered, so a flush can never overtake audio.
 */
export const FRAME_HEAD_BYTES = 12;

/** What the body of a frame is. */
export const FRAME_KIND = {
  /** JSON: a `ControlRequest`, or a `ControlAnswer`. */
  control: 0,
  /** A media message, see `media-messages.ts`. */
  media: 1,
  /** JSON: a `LifeOrder`, or a `LifeReport`. */
  life: 2,
} as const;

export type FrameKind = (typeof FRAME_KIND)[keyof typeof FRAME_KIND];

/** The largest picture has 5.5 MB. */
const LARGEST_BODY_BYTES = 8_388_608;

export interface Frame {
  /** 0 for what concerns the process itself. */
  readonly callId: number;
  /** One of {@link FRAME_KIND}, unless the other side is mistaken. */
  readonly kind: number;
  /** A view where the whole frame arrived at once. It is the receiver's to keep. */
  readonly body: Buffer;
}

export function frameHead(callId: number, kind: FrameKind, bodyBytes: number): Buffer {
  const head = Buffer.allocUnsafe(FRAME_HEAD_BYTES);
  head.writeUInt32LE(bodyBytes, 0);
  head.writeUInt32LE(callId, 4);
  head.writeUInt32LE(kind, 8);
  return head;
}

/** Thrown when what arrives cannot be frames: the place of the next one is unknown from here on. */
export class FrameError extends Error {}

/** Cuts a stream into frames, however it was fragmented. Copies only frames that arrive in several parts. */
export class FrameReader {
  readonly #onFrame: (frame: Frame) => void;
  readonly #head = Buffer.alloc(FRAME_HEAD_BYTES);
  #headBytes = 0;
  #body: Buffer | undefined;
  #bodyBytes = 0;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  /** @throws FrameError for a frame that is larger than any that is sent. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#body) {
        at += this.#fillBody(this.#body, chunk, at);
        continue;
      }
      const taken = chunk.copy(this.#head, this.#headBytes, at);
      this.#headBytes += taken;
      at += taken;
      if (this.#headBytes < FRAME_HEAD_BYTES) return;
      at += this.#begin(chunk, at);
    }
  }

  /** The head is complete. Returns how much of the chunk its body took. */
  #begin(chunk: Buffer, at: number): number {
    const length = this.#head.readUInt32LE(0);
    if (length > LARGEST_BODY_BYTES) throw new FrameError(`A frame of ${length} bytes was announced.`);
    if (chunk.length - at >= length) {
      this.#complete(chunk.subarray(at, at + length));
      return length;
    }
    this.#body = Buffer.allocUnsafeSlow(length);
    this.#bodyBytes = 0;
    return this.#fillBody(this.#body, chunk, at);
  }

  #fillBody(body: Buffer, chunk: Buffer, at: number): number {
    const taken = chunk.copy(body, this.#bodyBytes, at);
    this.#bodyBytes += taken;
    if (this.#bodyBytes === body.length) this.#complete(body);
    return taken;
  }

  #complete(body: Buffer): void {
    this.#body = undefined;
    this.#headBytes = 0;
    this.#onFrame({ callId: this.#head.readUInt32LE(4), kind: this.#head.readUInt32LE(8), body });
  }
}
