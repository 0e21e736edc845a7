import { scaleToFit, toI420, type Picture, rotate } from "../picture.ts";
import { MEDIA_HEAD_BYTES, MEDIA_MESSAGE, writeMediaHead } from "../remote/media-messages.ts";

/** The reading ends of a page's received video, in its worker: Node gets one picture each time it wants one. */
export class PagePictures {
  readonly #send: (message: ArrayBuffer) => void;
  readonly #readers = new Map<number, ReadableStreamDefaultReader<VideoFrame>>();
  /** The maximum width that Node wants, by capture. */
  readonly #wanted = new Map<number, number>();

  constructor(send: (message: ArrayBuffer) => void) {
    this.#send = send;
  }

  want(id: number, maxWidth: number): void {
    this.#wanted.set(id, maxWidth);
  }

  /** The capture is over: its picture is no longer wanted. */
  forget(id: number): void {
    this.#wanted.delete(id);
  }

  /** Reads all the time: a stream that is not read keeps an old picture, and the decoder's memory with it. */
  async open(id: number, readable: ReadableStream<VideoFrame>): Promise<void> {
    const reader = readable.getReader();
    this.#readers.set(id, reader);
    for (;;) {
      const { value: frame, done } = await reader.read();
      if (done) return;
      const maxWidth = this.#wanted.get(id);
      if (maxWidth !== undefined) await this.#sendPicture(id, frame, maxWidth);
      frame.close();
    }
  }

  async #sendPicture(id: number, frame: VideoFrame, maxWidth: number): Promise<void> {
    try {
      const picture = await readPicture(frame, maxWidth);
      if (this.#wanted.delete(id)) this.#send(encodePicture(id, picture));
    } catch {
      // The format cannot be read. A picture stays wanted: the next one may have another format.
    }
  }

  /** The track is gone; a wanted picture is sent when there is another track. */
  close(id: number): void {
    void this.#readers.get(id)?.cancel();
    this.#readers.delete(id);
  }
}

async function readPicture(frame: VideoFrame, maxWidth: number): Promise<Picture> {
  const { width, height } = frame.visibleRect ?? { width: frame.codedWidth, height: frame.codedHeight };
  // Pictures decoded by a graphics card have another format, which Chromium converts only to RGBA.
  const options: VideoFrameCopyToOptions = frame.format === "I420" ? {} : { format: "RGBA" };
  const image = new Uint8Array(frame.allocationSize(options));
  await frame.copyTo(image, options);
  const picture = frame.format === "I420" ? { image, width, height } : toI420(image, { width, height }, 4);
  // Chromium 138 and later; earlier versions rotate received pictures by themselves.
  const { rotation = 0 } = frame as { readonly rotation?: number };
  return scaleToFit(rotate(picture, rotation), maxWidth);
}

function encodePicture(id: number, { image, width, height }: Picture): ArrayBuffer {
  const message = new Uint8Array(MEDIA_HEAD_BYTES + image.length);
  const third = width * 0x1_0000 + height;
  writeMediaHead(new DataView(message.buffer), { type: MEDIA_MESSAGE.picture, id, third });
  message.set(image, MEDIA_HEAD_BYTES);
  return message.buffer;
}
