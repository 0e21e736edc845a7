import type { Clock } from "../../../util/clock.ts";
import { FittedVideoSink, type HostedVideoSinkOptions } from "../fitted-video-sink.ts";
import { pictureMessageBytes, SHOW_HEAD_BYTES, writeShowHead } from "./bridge-messages.ts";

/** How many pictures may be on their way to the page: the next leaves while the page takes the one before. */
const MOST_ON_THE_WAY = 2;

export interface PageVideoSinkOptions extends HostedVideoSinkOptions {
  readonly id: number;
  readonly clock: Clock;
  /** Sends a binary message to the page's worker. */
  readonly send: (message: Buffer) => void;
  /** The track is gone: no acknowledgement is expected any more. */
  readonly onRelease: () => void;
}

/**
 * The near end of a video sink whose track is in a page. The page acknowledges every picture; while too many are on their way,
 * the newest waits and replaces the one that waited before.
 */
export class PageVideoSink extends FittedVideoSink {
  readonly #options: PageVideoSinkOptions;
  readonly #onTheWay: Buffer[] = [];
  /** Buffers are used again: a message that was acknowledged has left its own. */
  readonly #free: Buffer[] = [];
  #waiting: Buffer | undefined;

  constructor(options: PageVideoSinkOptions) {
    super(options);
    this.#options = options;
  }

  /** The page has taken a picture; one that it could not show was dropped. */
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
