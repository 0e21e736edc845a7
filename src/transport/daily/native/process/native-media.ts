import { AudioTicker } from "../../../../audio/audio-ticker.ts";
import { type Clock, systemClock } from "../../../../util/clock.ts";
import type { Wrtc } from "../../../../util/wrtc.ts";
import type { MediaEnds } from "../../call-driver.ts";
import { DriverError } from "../../driver-failure.ts";
import type { Picture } from "../../picture.ts";
import {
  MEDIA_HEAD_BYTES,
  MEDIA_MESSAGE,
  PLAYED_REPORT_BYTES,
  readMediaHead,
  readShowHead,
  SHOW_HEAD_BYTES,
  writeMediaHead,
  writePlayedReport,
} from "../../remote/media-messages.ts";
import { pcmOf } from "../../remote/received-media.ts";
import { NativeAudioCapture } from "./native-audio-capture.ts";
import { NativeAudioSink } from "./native-audio-sink.ts";
import { NativeVideoCapture } from "./native-video-capture.ts";
import { NativeVideoSink } from "./native-video-sink.ts";

let sharedTicker: AudioTicker | undefined;

export interface NativeMediaOptions {
  readonly wrtc: Wrtc;
  /** Sends a media message to the bot's process. */
  readonly send: (message: Buffer) => void;
  /** Whether captured sound may be sent; false while the bot does not read. */
  readonly hasRoom: () => boolean;
  readonly clock?: Clock;
}

/** The far ends of a call's media, in the media process: tracks of `@roamhq/wrtc`. */
export class NativeMedia implements MediaEnds {
  readonly #options: NativeMediaOptions;
  readonly #clock: Clock;
  readonly #ticker: AudioTicker;
  readonly #sinks = new Map<number, NativeAudioSink>();
  readonly #videoSinks = new Map<number, NativeVideoSink>();
  readonly #captures = new Map<number, NativeAudioCapture>();
  readonly #videoCaptures = new Map<number, NativeVideoCapture>();

  constructor(options: NativeMediaOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#ticker = sharedTicker ??= new AudioTicker(this.#clock);
  }

  /** Takes a media message of the bot's process. */
  receive(message: Buffer): void {
    const { type, id, third } = readMediaHead(viewOf(message));
    if (type === MEDIA_MESSAGE.pcm) this.#sinks.get(id)?.push(third, pcmOf(message));
    else if (type === MEDIA_MESSAGE.flush) this.#sinks.get(id)?.flush(third);
    else if (type === MEDIA_MESSAGE.show) this.#show(message);
    else if (type === MEDIA_MESSAGE.want && third === 0) this.#videoCaptures.delete(id);
    else if (type === MEDIA_MESSAGE.want) this.#videoCapture(id).want(third);
  }

  addCapture(captureId: number, sampleRate: number): void {
    const { wrtc, send, hasRoom } = this.#options;
    const onPcm = (pcm: Int16Array): void => {
      if (hasRoom()) send(encodePcm(captureId, sampleRate, pcm));
    };
    this.#captures.set(captureId, new NativeAudioCapture(wrtc, sampleRate, onPcm));
  }

  removeCapture(captureId: number): void {
    this.#captures.get(captureId)?.release();
    this.#captures.delete(captureId);
  }

  openSource(sinkId: number, sampleRate: number): MediaStreamTrack {
    const sink = new NativeAudioSink(this.#options.wrtc, this.#ticker, sampleRate, (generation, samples) => {
      this.#options.send(encodePlayed(sinkId, generation, { samples, wallMs: this.#clock.wallMs() }));
    });
    this.#sinks.set(sinkId, sink);
    return sink.track;
  }

  closeSource(sinkId: number): void {
    this.#sinks.get(sinkId)?.release();
    this.#sinks.delete(sinkId);
  }

  openVideoSource(sinkId: number): MediaStreamTrack {
    const sink = new NativeVideoSink(this.#options.wrtc);
    this.#videoSinks.set(sinkId, sink);
    return sink.track;
  }

  closeVideoSource(sinkId: number): void {
    this.#videoSinks.get(sinkId)?.release();
    this.#videoSinks.delete(sinkId);
  }

  toStream(track: MediaStreamTrack): MediaStream {
    return new this.#options.wrtc.MediaStream([track]);
  }

  openCapture(captureId: number, track: MediaStreamTrack): void {
    if (track.kind === "video") {
      this.#videoCapture(captureId).open(track);
      return;
    }
    const capture = this.#captures.get(captureId);
    if (!capture) throw new DriverError("trackFailed", `There is no audio capture ${captureId}.`);
    capture.open(track);
  }

  closeCapture(captureId: number): void {
    this.#captures.get(captureId)?.close();
    this.#videoCaptures.get(captureId)?.close();
  }

  release(): void {
    for (const sinkId of [...this.#sinks.keys()]) this.closeSource(sinkId);
    for (const sinkId of [...this.#videoSinks.keys()]) this.closeVideoSource(sinkId);
    for (const captureId of [...this.#captures.keys()]) this.removeCapture(captureId);
    for (const capture of this.#videoCaptures.values()) capture.close();
    this.#videoCaptures.clear();
  }

  #videoCapture(id: number): NativeVideoCapture {
    const known = this.#videoCaptures.get(id);
    if (known) return known;
    const capture = new NativeVideoCapture(this.#options.wrtc, (picture) => {
      this.#options.send(encodePicture(id, picture));
    });
    this.#videoCaptures.set(id, capture);
    return capture;
  }

  #show(message: Buffer): void {
    const { id, ...size } = readShowHead(viewOf(message));
    const sink = this.#videoSinks.get(id);
    // After a close nobody waits for an acknowledgement.
    if (!sink) return;
    sink.show(size, message.subarray(SHOW_HEAD_BYTES));
    this.#options.send(encodeHead(MEDIA_MESSAGE.taken, id, 1, MEDIA_HEAD_BYTES));
  }
}

function viewOf(message: Buffer): DataView {
  return new DataView(message.buffer, message.byteOffset, message.byteLength);
}

function encodeHead(type: number, id: number, third: number, bytes: number): Buffer {
  const message = Buffer.allocUnsafe(bytes);
  writeMediaHead(viewOf(message), { type, id, third });
  return message;
}

function encodePlayed(id: number, generation: number, report: { samples: number; wallMs: number }): Buffer {
  const message = encodeHead(MEDIA_MESSAGE.played, id, generation, PLAYED_REPORT_BYTES);
  writePlayedReport(viewOf(message), report);
  return message;
}

function encodePcm(id: number, sampleRate: number, pcm: Int16Array): Buffer {
  const message = encodeHead(MEDIA_MESSAGE.captured, id, sampleRate, MEDIA_HEAD_BYTES + pcm.byteLength);
  message.set(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength), MEDIA_HEAD_BYTES);
  return message;
}

function encodePicture(id: number, { image, width, height }: Picture): Buffer {
  const size = width * 0x1_0000 + height;
  const message = encodeHead(MEDIA_MESSAGE.picture, id, size, MEDIA_HEAD_BYTES + image.length);
  message.set(image, MEDIA_HEAD_BYTES);
  return message;
}
