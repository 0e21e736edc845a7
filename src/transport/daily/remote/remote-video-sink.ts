import type { Clock } from "../../../util/clock.ts";
import { FittedVideoSink, type HostedVideoSinkOptions } from "../fitted-video-sink.ts";
import { pictureMessageBytes, SHOW_HEAD_BYTES, writeShowHead } from "./media-messages.ts";
import type { SendMedia } from "./remote-track-sink.ts";

/** How many pictures may be on their way: the next leaves while the far side takes the one before. */
const MOST_ON_THE_WAY = 2;

export interface RemoteVideoSinkOptions extends HostedVideoSinkOptions {
  readonly id: number;
  readonly clock: Clock;
  readonly send: SendMedia;
  /** The track is gone: no acknowledgement is expected any more. */
  readonly onRelease: () => void;
}

/**
 * The near end of a video sink whose track is in another process, which acknowledges every picture. While too many are on their
 * way, the newest waits and replaces the one that waited before.
 */
export class RemoteVideoSink extends FittedVideoSink {
  readonly #options: RemoteVideoSinkOptions;
  readonly #onTheWay: Buffer[] = [];
  /** Buffers are used again: a message that was acknowledged has left its own. */
  readonly #free: Buffer[] = [];
  #waiting: Buffer | undefined;

  constructor(options: RemoteVideoSinkOptions) {
    super(options);
    this.#options = options;
  }

  /** The far side has taken a picture; one that it could not show was dropped. */
  taken(wasShown: boolean): void {
    const message = this.#onTheWay.shift();
    if (!message) return;
    this.#free.push(message);
    if (!wasShown) this.countDropped();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) this.#dispatch(waiting);
  }

  override release(): void {
    super.release();
    this.#waiting = undefined;
    this.#free.length = 0;
    this.#options.onRelease();
  }

  protected override show(image: Uint8Array): void {
    if (this.#waiting) this.countDropped();
    const { width, height } = this.format;
    const { id, clock } = this.#options;
    const message = this.#waiting ?? this.#free.pop() ?? Buffer.allocUnsafeSlow(pictureMessageBytes(this.format));
    writeShowHead(message, { id, width, height, timestampUs: Math.round(clock.nowMs() * 1000) });
    message.set(image, SHOW_HEAD_BYTES);
    if (this.#onTheWay.length >= MOST_ON_THE_WAY) this.#waiting = message;
    else this.#dispatch(message);
  }

  #dispatch(message: Buffer): void {
    this.#onTheWay.push(message);
    this.#options.send(message);
  }
}
