import type { OutputImageRawFrame } from "../../frames/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";
import { asError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { SinkWriteError } from "../playout/sink-errors.ts";
import { isLive, type LiveImage, SyncedImages } from "./synced-images.ts";
import type { VideoSink } from "./video-sink.ts";

/** A stream that is this many frames off its schedule starts a new one: catching up would only play it too fast. */
const RESET_FRAMES = 5;
/** Live pictures that wait longer than this are too late to be useful, and they are large. */
const MAX_QUEUED_MS = 2000;
/** Timers may fire this much early, also by rounding. */
const EARLY_MS = 0.5;

/** What a {@link VideoSender} needs. */
export interface VideoSenderOptions {
  /** Undefined is the transport's default destination. */
  readonly destination: string | undefined;
  readonly sink: VideoSink;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Pictures per second. */
  readonly fps: number;
  /** Whether pictures are a stream, each shown once. Otherwise a picture is shown until the next one. */
  readonly live: boolean;
  readonly onError: (error: Error) => void;
}

/** What a video output has to do, and has done so far. */
export interface VideoDestinationStats {
  /** Its name; undefined is a default destination without one. */
  readonly destination: string | undefined;
  /** Live pictures waiting for their time, or for their sound. */
  readonly queuedImages: number;
  /** Pictures that the sink took; a picture that is shown repeatedly counts each time. */
  readonly writtenImages: number;
  /** Live pictures dropped because more than 2 s of them waited, or because their sound had been heard before. */
  readonly droppedImages: number;
  /** Pictures that the sink did not take, and that are lost. */
  readonly refusedImages: number;
}

/**
 * The bot's picture on one destination, at a steady rate counted from the first one shown. A live stream is a queue of
 * pictures. Otherwise the picture that was set last, or a cycle of them, is sent again and again, so that viewers who join
 * later see it. Pictures that carry the time of their capture follow the sound captured with them instead of a rate.
 */
export class VideoSender {
  readonly #options: VideoSenderOptions;
  readonly #frameMs: number;
  readonly #synced: SyncedImages;
  #queue: OutputImageRawFrame[] = [];
  #cycle: readonly OutputImageRawFrame[] = [];
  #nextInCycle = 0;
  /** Picture n since then is due at origin + n frames. */
  #originMs = -Infinity;
  #sinceOrigin = 0;
  #timer: TimerHandle;
  #held = true;
  #closing: Promise<void> | undefined;
  #written = 0;
  #dropped = 0;
  #refused = 0;

  constructor(options: VideoSenderOptions) {
    this.#options = options;
    this.#frameMs = 1000 / options.fps;
    this.#synced = new SyncedImages({ clock: options.clock, show: (image) => this.#write(image) });
  }

  /** What it has to do, and has done so far. */
  get stats(): VideoDestinationStats {
    return {
      destination: this.#options.destination,
      queuedImages: this.#queue.length + this.#synced.waiting,
      writtenImages: this.#written,
      droppedImages: this.#dropped + this.#synced.dropped,
      refusedImages: this.#refused,
    };
  }

  /** Lets pictures out; until then they wait. */
  open(): void {
    this.#held = false;
    this.#run();
  }

  /** Takes one picture, or several to be shown in turn. */
  show(images: readonly OutputImageRawFrame[]): void {
    if (this.#closing) return;
    const [first] = images;
    if (first && isLive(first)) {
      this.#showLive(first);
      return;
    }
    if (this.#options.live) {
      this.#queue.push(...images);
      this.#dropOldest();
    } else {
      this.#cycle = images;
      this.#nextInCycle = 0;
    }
    this.#run();
  }

  /** Sound of the capture that the pictures are from is heard `delayMs` after it was captured. */
  followSound(delayMs: number): void {
    if (!this.#held) this.#synced.followSound(delayMs);
  }

  /** Drops live pictures from before an interruption, but for the newest that waits for sound. A picture that was set stays. */
  interrupt(): void {
    this.#queue = [];
    this.#synced.interrupt();
  }

  /** Drops all pictures and closes the sink. Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#queue = [];
    this.#cycle = [];
    this.#synced.clear();
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    await this.#options.sink.close();
  }

  /** Replaces a picture that was set. Before anyone sees it, it is nothing: it would only be late. */
  #showLive(image: LiveImage): void {
    this.#queue = [];
    this.#cycle = [];
    if (!this.#held) this.#synced.add(image);
  }

  #run(): void {
    if (this.#timer !== undefined || this.#held) return;
    const { clock } = this.#options;
    for (let image = this.#head(); image; image = this.#head()) {
      const nowMs = clock.nowMs();
      const waitMs = this.#dueMs(nowMs) - nowMs;
      if (waitMs > EARLY_MS) {
        this.#timer = clock.setTimeout(() => {
          this.#timer = undefined;
          this.#run();
        }, waitMs);
        return;
      }
      this.#sinceOrigin++;
      this.#advance();
      this.#write(image);
    }
  }

  #head(): OutputImageRawFrame | undefined {
    return this.#options.live ? this.#queue[0] : this.#cycle[this.#nextInCycle];
  }

  #advance(): void {
    if (this.#options.live) this.#queue.shift();
    else this.#nextInCycle = (this.#nextInCycle + 1) % this.#cycle.length;
  }

  #dueMs(nowMs: number): number {
    const dueMs = this.#originMs + this.#sinceOrigin * this.#frameMs;
    if (Math.abs(nowMs - dueMs) <= RESET_FRAMES * this.#frameMs) return dueMs;
    this.#originMs = nowMs;
    this.#sinceOrigin = 0;
    return nowMs;
  }

  #write(image: OutputImageRawFrame): void {
    let failure: Error | undefined;
    try {
      if (this.#options.sink.write(image)) {
        this.#written++;
        return;
      }
    } catch (thrown) {
      failure = asError(thrown);
    }
    this.#refused++;
    if (this.#refused > 1) return;
    this.#options.onError(new SinkWriteError("video", this.#options.destination, failure));
  }

  #dropOldest(): void {
    const tooMany = this.#queue.length - Math.ceil(MAX_QUEUED_MS / this.#frameMs);
    if (tooMany <= 0) return;
    this.#queue.splice(0, tooMany);
    if (this.#dropped === 0) {
      const what = `More than ${MAX_QUEUED_MS} ms of live video are waiting; the oldest pictures are dropped.`;
      this.#options.logger.warn(`${what} Send them at the rate of videoOutFps. Later drops are only counted.`);
    }
    this.#dropped += tooMany;
  }
}
