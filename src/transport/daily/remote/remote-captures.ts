import { createResampler, type StreamResampler } from "../../../audio/index.ts";
import type { Picture } from "../picture.ts";
import { MEDIA_HEAD_BYTES, MEDIA_MESSAGE, writeMediaHead } from "./media-messages.ts";
import type { SendMedia } from "./remote-track-sink.ts";

interface AudioReceiver {
  readonly onPcm: (pcm: Int16Array) => void;
  readonly resampler: StreamResampler | undefined;
}

interface PictureReceiver {
  readonly maxWidth: number;
  readonly onPicture: (picture: Picture) => void;
}

/** The near ends of a call's captures, whose tracks are in another process. */
export class RemoteCaptures {
  readonly #send: SendMedia;
  readonly #receivedRate: number | undefined;
  readonly #audio = new Map<number, AudioReceiver>();
  readonly #pictures = new Map<number, PictureReceiver>();

  /** `receivedRate` is the rate in Hz of the PCM that arrives; undefined where the far side resamples. */
  constructor(send: SendMedia, receivedRate: number | undefined) {
    this.#send = send;
    this.#receivedRate = receivedRate;
  }

  async addAudio(captureId: number, sampleRate: number, onPcm: (pcm: Int16Array) => void): Promise<void> {
    const from = this.#receivedRate ?? sampleRate;
    const resampler = from === sampleRate ? undefined : await createResampler(from, sampleRate, 1);
    this.#audio.set(captureId, { onPcm, resampler });
  }

  addVideo(captureId: number, maxWidth: number, onPicture: (picture: Picture) => void): void {
    this.#pictures.set(captureId, { maxWidth, onPicture });
  }

  wantPicture(captureId: number): void {
    this.#want(captureId, this.#pictures.get(captureId)?.maxWidth ?? 0);
  }

  receivePcm(captureId: number, pcm: Int16Array): void {
    const receiver = this.#audio.get(captureId);
    if (!receiver) return;
    const wanted = receiver.resampler ? receiver.resampler.process(pcm) : pcm;
    if (wanted.length > 0) receiver.onPcm(wanted);
  }

  receivePicture(captureId: number, picture: Picture): void {
    this.#pictures.get(captureId)?.onPicture(picture);
  }

  remove(captureId: number): void {
    if (this.#pictures.delete(captureId)) this.#want(captureId, 0);
    this.#audio.get(captureId)?.resampler?.close();
    this.#audio.delete(captureId);
  }

  /** The call is over: the far side is told nothing. */
  release(): void {
    for (const { resampler } of this.#audio.values()) resampler?.close();
    this.#audio.clear();
    this.#pictures.clear();
  }

  #want(captureId: number, maxWidth: number): void {
    const message = Buffer.alloc(MEDIA_HEAD_BYTES);
    const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
    writeMediaHead(view, { type: MEDIA_MESSAGE.want, id: captureId, third: maxWidth });
    this.#send(message);
  }
}
