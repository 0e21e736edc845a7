import type { Clock, TimerHandle } from "../../util/clock.ts";
import { asError, InvalidOptionError } from "../../util/errors.ts";
import { isThenable } from "../../util/thenable.ts";
import { CAMERA, type CapturedVideo, SCREEN_VIDEO, type VideoCapture, type VideoCaptureOptions } from "./daily-call.ts";
import { type Picture, toRgb, WIDEST } from "./picture.ts";

const MAX_FPS = 30;
const NARROWEST = 16;

export interface PacedVideoCaptureOptions {
  readonly sessionId: string;
  readonly trackName: string;
  readonly fps: number;
  readonly format: "I420" | "RGB";
  readonly clock: Clock;
  readonly onImage: (video: CapturedVideo) => unknown;
  /** Orders the next picture; {@link PacedVideoCapture.arrived} is called with it. */
  readonly want: () => void;
  /** The receiver threw, or its promise rejected. */
  readonly onReceiverFailed: (error: Error) => void;
  readonly onClose: () => void;
}

/**
 * The pace of one captured track. It orders a picture when one is due, and the next only after that one has arrived and the
 * receiver is done with it: there is never more than one in progress, so nothing piles up in any slow part.
 */
export class PacedVideoCapture implements VideoCapture {
  readonly #options: PacedVideoCaptureOptions;
  /** Infinity for pictures on request only. */
  readonly #intervalMs: number;
  #state: "new" | "idle" | "ordered" | "busy" | "closed" = "new";
  #requested = false;
  #dueMs = 0;
  #timer: TimerHandle;
  #dropped = 0;

  constructor(options: PacedVideoCaptureOptions) {
    this.#options = options;
    this.#intervalMs = 1000 / options.fps;
  }

  get sessionId(): string {
    return this.#options.sessionId;
  }

  get trackName(): string {
    return this.#options.trackName;
  }

  get closed(): boolean {
    return this.#state === "closed";
  }

  get droppedImages(): number {
    return this.#dropped;
  }

  /** The track is captured: pictures can be ordered. */
  start(): void {
    if (this.#state !== "new") return;
    this.#dueMs = this.#options.fps === 0 ? Infinity : this.#options.clock.nowMs();
    this.#rest();
  }

  requestFrame(): void {
    // The picture that is ordered already is the next one.
    if (this.#state === "ordered" || this.#state === "closed") return;
    this.#requested = true;
    if (this.#state === "idle") this.#order();
  }

  /** Takes the picture that was ordered. */
  arrived(picture: Picture): void {
    if (this.#state !== "ordered") return;
    this.#state = "busy";
    const { sessionId, trackName, format, onImage } = this.#options;
    const image = format === "RGB" ? toRgb(picture) : picture.image;
    const { width, height } = picture;
    let received: unknown;
    try {
      received = onImage({ sessionId, trackName, image, width, height, format });
    } catch (thrown) {
      this.#options.onReceiverFailed(asError(thrown));
    }
    if (isThenable(received)) void this.#whenReceived(received);
    else this.#rest();
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#options.clock.clearTimeout(this.#timer);
    this.#options.onClose();
  }

  async #whenReceived(received: PromiseLike<unknown>): Promise<void> {
    try {
      await received;
    } catch (thrown) {
      this.#options.onReceiverFailed(asError(thrown));
    }
    const lateMs = this.#options.clock.nowMs() - this.#dueMs;
    if (lateMs > 0 && !this.closed) this.#dropped += Math.ceil(lateMs / this.#intervalMs);
    this.#rest();
  }

  /** Nothing is in progress: waits until the next picture is due. */
  #rest(): void {
    // The receiver may have closed it.
    if (this.closed) return;
    this.#state = "idle";
    const waitMs = this.#dueMs - this.#options.clock.nowMs();
    // Timers may fire a little early: when one fires, its picture is due.
    if (waitMs <= 0) this.#orderDue();
    else if (this.#requested) this.#order();
    else if (waitMs !== Infinity) this.#timer = this.#options.clock.setTimeout(() => this.#orderDue(), waitMs);
  }

  #order(): void {
    const { clock, want } = this.#options;
    clock.clearTimeout(this.#timer);
    this.#state = "ordered";
    this.#requested = false;
    want();
  }

  #orderDue(): void {
    const now = this.#options.clock.nowMs();
    // By the schedule, so that late timers do not lower the rate; a new schedule after a pause, so that it is not made up for.
    const next = this.#dueMs + this.#intervalMs;
    this.#dueMs = next > now ? next : now + this.#intervalMs;
    this.#order();
  }
}

/**
 * Adds the defaults of video capture options.
 *
 * @throws InvalidOptionError for an audio track, and for values out of range.
 */
export function parseVideoOptions(
  trackName: string,
  { fps = MAX_FPS, format = "I420", maxWidth = WIDEST }: VideoCaptureOptions,
): Required<VideoCaptureOptions> {
  if (["microphone", "screenAudio", ""].includes(trackName))
    throw new InvalidOptionError("trackName", `must be "${CAMERA}", "${SCREEN_VIDEO}" or a custom video track.`);
  if (!(fps >= 0 && fps <= MAX_FPS)) throw new InvalidOptionError("fps", `must be from 0 to ${MAX_FPS}.`);
  // In JavaScript anything can be passed.
  if (!["I420", "RGB"].includes(format)) throw new InvalidOptionError("format", 'must be "I420" or "RGB".');
  if (!Number.isInteger(maxWidth) || maxWidth < NARROWEST || maxWidth > WIDEST)
    throw new InvalidOptionError("maxWidth", `must be a whole number of pixels from ${NARROWEST} to ${WIDEST}.`);
  return { fps, format, maxWidth };
}
