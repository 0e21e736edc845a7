import {
  MEDIA_MESSAGE,
  MEDIA_HEAD_BYTES,
  readShowHead,
  SHOW_HEAD_BYTES,
  writeMediaHead,
} from "../remote/media-messages.ts";

/** The writing ends of a page's published video, in its worker. Each picture of Node is shown at once, or dropped. */
export class PageVideoSinks {
  readonly #send: (message: ArrayBuffer) => void;
  readonly #writers = new Map<number, WritableStreamDefaultWriter<VideoFrame>>();

  constructor(send: (message: ArrayBuffer) => void) {
    this.#send = send;
  }

  open(id: number, writable: WritableStream<VideoFrame>): void {
    this.#writers.set(id, writable.getWriter());
  }

  show(message: ArrayBuffer): void {
    const { id, ...head } = readShowHead(new DataView(message));
    const writer = this.#writers.get(id);
    // After a close nobody waits for an acknowledgement.
    if (writer) this.#acknowledge(id, this.#write(writer, message, head));
  }

  close(id: number): void {
    this.#writers
      .get(id)
      ?.close()
      .catch(() => undefined);
    this.#writers.delete(id);
  }

  #write(
    writer: WritableStreamDefaultWriter<VideoFrame>,
    message: ArrayBuffer,
    { width, height, timestampUs }: { readonly width: number; readonly height: number; readonly timestampUs: number },
  ): boolean {
    // The track is still busy with the one before, or has ended (null).
    if ((writer.desiredSize ?? 0) <= 0) return false;
    const frame = new VideoFrame(new Uint8Array(message, SHOW_HEAD_BYTES), {
      format: "I420",
      codedWidth: width,
      codedHeight: height,
      timestamp: timestampUs,
    });
    // The track closes the frames that it takes; one that it does not take is ours to close.
    writer.write(frame).catch(() => {
      frame.close();
    });
    return true;
  }

  #acknowledge(id: number, wasShown: boolean): void {
    const message = new ArrayBuffer(MEDIA_HEAD_BYTES);
    writeMediaHead(new DataView(message), { type: MEDIA_MESSAGE.taken, id, third: wasShown ? 1 : 0 });
    this.#send(message);
  }
}
