import { scaleToFit, toI420, type Picture, rotate } from "../picture.ts";
import { AUDIO_HEAD_BYTES, AUDIO_MESSAGE, writeAudioHead } from "./bridge-messages.ts";

/** The reading ends of a page's received video, in its worker: one picture goes to Node each time it wants one. */
export class PagePictures {
  readonly #send: (message: ArrayBuffer) => void;
  readonly #readers = new Map<number, ReadableStreamDefaultReader<VideoFrame>>();
  /** Widest that Node wants it, by capture. */
  readonly #wanted = new Map<number, number>();

  constructor(send: (message: ArrayBuffer) => void) {
    this.#send = send;
  }

  want(id: number, maxWidth: number): void {
    this.#wanted.set(id, maxWidth);
  }

  /** The capture is over: its picture is wanted no more. */
  forget(id: number): void {
    this.#wanted.delete(id);
  }

  /** Reads all the time, since a stream that is not read keeps an old picture, and the decoder's memory with it. */
  async open(id: number, readable: ReadableStream<VideoFrame>): Promise<void> {
    const reader = readable.getReader();
    this.#readers.set(id, reader);
    for (;;) {
      const { value: frame, done } = await reader.read();
      if (done) return;
      const maxWidth = this.#wanted.get(id);
      if (maxWidth !== undefined) await this.#hand(id, frame, maxWidth);
      frame.close();
    }
  }

  async #hand(id: number, frame: VideoFrame, maxWidth: number): Promise<void> {
    try {
      const picture = await readPicture(frame, maxWidth);
      if (this.#wanted.delete(id)) this.#send(encodePicture(id, picture));
    } catch {
      // Of a format that cannot be read. It stays wanted: the next may be another.
    }
  }

  /** The track is gone; a picture that is wanted still comes if there is another. */
  close(id: number): void {
    void this.#readers.get(id)?.cancel();
    this.#readers.delete(id);
  }
}

async function readPicture(frame: VideoFrame, maxWidth: number): Promise<Picture> {
  const { width, height } = frame.visibleRect ?? { width: frame.codedWidth, height: frame.codedHeight };
  // What a graphics card decoded is in another format, and Chromium converts that only to this one.
  const options: VideoFrameCopyToOptions = frame.format === "I420" ? {} : { format: "RGBA" };
  const image = new Uint8Array(frame.allocationSize(options));
  await frame.copyTo(image, options);
  const picture = frame.format === "I420" ? { image, width, height } : toI420(image, { width, height }, 4);
  // Chromium 138 and later; before, it turned received pictures by itself.
  const { rotation = 0 } = frame as { readonly rotation?: number };
  return scaleToFit(rotate(picture, rotation), maxWidth);
}

function encodePicture(id: number, { image, width, height }: Picture): ArrayBuffer {
  const message = new Uint8Array(AUDIO_HEAD_BYTES + image.length);
  const third = width * 0x1_0000 + height;
  writeAudioHead(new DataView(message.buffer), { type: AUDIO_MESSAGE.picture, id, third });
  message.set(image, AUDIO_HEAD_BYTES);
  return message.buffer;
}
