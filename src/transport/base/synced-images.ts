import type { OutputImageRawFrame } from "../../frames/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";

/** Images are large. As many wait as arrive while sound passes through the jitter buffers, some 200 ms at 30 per second. */
const MAX_WAITING = 6;
/** Further behind its sound, an image only shows that the mouth is late. */
const MAX_LATE_MS = 80;
/** ... but a picture that stands still for longer is worse. */
const MAX_STILL_MS = 200;
/** Without sound for this long there is nothing to wait for. */
const SOUND_GONE_MS = 1000;
/** An image that has to make room is shown early, unless another one was shown just now. */
const MIN_APART_MS = 10;
/** Timers may fire this much early, also by rounding. */
const EARLY_MS = 0.5;

/** What {@link SyncedImages} need. */
export interface SyncedImagesOptions {
  readonly clock: Clock;
  /** Shows an image now. */
  readonly show: (image: OutputImageRawFrame) => void;
}

/** An image of a live stream. */
export type LiveImage = OutputImageRawFrame & { readonly capturedAtMs: number };

/** Whether the image belongs to a live stream. */
export function isLive(image: OutputImageRawFrame): image is LiveImage {
  return image.capturedAtMs !== undefined;
}

/**
 * Images of a live stream, each shown when the sound captured with it is heard. Sound never waits for an image: one that
 * is late is shown at once or, if it is too late or a newer one is due, not at all.
 */
export class SyncedImages {
  readonly #options: SyncedImagesOptions;
  #waiting: LiveImage[] = [];
  /** How much later than its capture sound is heard, and when that was reported. */
  #sound: { readonly delayMs: number; readonly atMs: number } | undefined;
  #lastShownMs = -Infinity;
  #dropped = 0;
  #timer: TimerHandle;

  constructor(options: SyncedImagesOptions) {
    this.#options = options;
  }

  /** Images that wait for their sound. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Images that were not shown: they were too late, or a newer one was due as well. */
  get dropped(): number {
    return this.#dropped;
  }

  add(image: LiveImage): void {
    this.#waiting.push(image);
    const oldest = this.#waiting.length > MAX_WAITING ? this.#waiting.shift() : undefined;
    if (oldest) this.#makeRoom(oldest);
    this.#run();
  }

  /** Sound is heard `delayMs` after its capture. */
  followSound(delayMs: number): void {
    this.#sound = { delayMs, atMs: this.#options.clock.nowMs() };
    this.#run();
  }

  /** The sound was cut: what waited for it is replaced by the newest image, now. */
  interrupt(): void {
    const newest = this.#waiting.pop();
    this.clear();
    this.#sound = undefined;
    if (newest) this.#show(newest);
  }

  /** Drops what waits. */
  clear(): void {
    this.#waiting = [];
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #makeRoom(image: LiveImage): void {
    if (this.#options.clock.nowMs() - this.#lastShownMs >= MIN_APART_MS) this.#show(image);
    else this.#dropped++;
  }

  #run(): void {
    const { clock } = this.#options;
    clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    for (let image = this.#waiting[0]; image; image = this.#waiting[0]) {
      const lateMs = clock.nowMs() - this.#dueMs(image);
      if (lateMs < -EARLY_MS) {
        this.#timer = clock.setTimeout(() => this.#run(), -lateMs);
        return;
      }
      this.#waiting.shift();
      const next = this.#waiting[0];
      const isReplaced = next !== undefined && this.#dueMs(next) <= clock.nowMs() + EARLY_MS;
      const isTooLate = lateMs > MAX_LATE_MS && clock.nowMs() - this.#lastShownMs < MAX_STILL_MS;
      if (isReplaced || isTooLate) this.#dropped++;
      else this.#show(image);
    }
  }

  #dueMs(image: LiveImage): number {
    const sound = this.#sound;
    if (!sound || this.#options.clock.nowMs() - sound.atMs > SOUND_GONE_MS) return this.#options.clock.nowMs();
    return image.capturedAtMs + sound.delayMs;
  }

  #show(image: LiveImage): void {
    this.#lastShownMs = this.#options.clock.nowMs();
    this.#options.show(image);
  }
}
