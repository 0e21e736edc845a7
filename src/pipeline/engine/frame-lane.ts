import type { Frame, FrameDirection } from "../../frames/index.ts";

const MIN_CAPACITY = 16;
/** Above this, a lane that has emptied releases its memory. */
const KEPT_CAPACITY = 4096;

/** A first-in, first-out queue of frames with their directions: a ring that grows, without an object per entry. */
export class FrameLane {
  #frames = new Array<Frame | undefined>(MIN_CAPACITY);
  #directions = new Array<FrameDirection>(MIN_CAPACITY).fill("downstream");
  #head = 0;
  #size = 0;
  #durationMs = 0;
  /** How many of the frames survive an interruption. */
  #uninterruptible = 0;

  get size(): number {
    return this.#size;
  }

  /** Media time of all the frames in the lane, in ms. */
  get durationMs(): number {
    return this.#durationMs;
  }

  push(frame: Frame, direction: FrameDirection): void {
    if (this.#size === this.#frames.length) this.#resize(this.#size * 2);
    const index = (this.#head + this.#size) & (this.#frames.length - 1);
    this.#frames[index] = frame;
    this.#directions[index] = direction;
    this.#size++;
    this.#durationMs += frame.durationMs;
    if (frame.uninterruptible) this.#uninterruptible++;
  }

  pushFront(frame: Frame, direction: FrameDirection): void {
    if (this.#size === this.#frames.length) this.#resize(this.#size * 2);
    this.#head = (this.#head - 1) & (this.#frames.length - 1);
    this.#frames[this.#head] = frame;
    this.#directions[this.#head] = direction;
    this.#size++;
    this.#durationMs += frame.durationMs;
    if (frame.uninterruptible) this.#uninterruptible++;
  }

  /** Direction of the frame that `shift` returns next. */
  get headDirection(): FrameDirection {
    return this.#directions[this.#head] ?? "downstream";
  }

  shift(): Frame | undefined {
    const frame = this.#frames[this.#head];
    if (frame === undefined) return undefined;
    this.#frames[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#frames.length - 1);
    this.#size--;
    this.#durationMs -= frame.durationMs;
    if (frame.uninterruptible) this.#uninterruptible--;
    if (this.#size === 0) this.#emptied();
    return frame;
  }

  /** Keeps the frames that `keep` accepts, in their order; returns how many were dropped. */
  retain(keep: (frame: Frame, direction: FrameDirection) => boolean): number {
    const before = this.#size;
    const mask = this.#frames.length - 1;
    let kept = 0;
    let durationMs = 0;
    let uninterruptible = 0;
    for (let i = 0; i < before; i++) {
      const from = (this.#head + i) & mask;
      const frame = this.#frames[from];
      const direction = this.#directions[from] ?? "downstream";
      this.#frames[from] = undefined;
      if (frame !== undefined && keep(frame, direction)) {
        const to = (this.#head + kept) & mask;
        this.#frames[to] = frame;
        this.#directions[to] = direction;
        kept++;
        durationMs += frame.durationMs;
        uninterruptible += frame.uninterruptible ? 1 : 0;
      }
    }
    this.#size = kept;
    this.#durationMs = durationMs;
    this.#uninterruptible = uninterruptible;
    if (kept === 0) this.#emptied();
    return before - kept;
  }

  /** Drops what an interruption invalidates; returns how many. Quick, however full the lane is. */
  dropInterruptible(): number {
    return this.#uninterruptible === 0 ? this.clear() : this.retain((frame) => frame.uninterruptible);
  }

  clear(): number {
    const dropped = this.#size;
    if (dropped > 0) {
      // New arrays: emptying the old ones takes time in proportion to their length.
      this.#size = 0;
      this.#uninterruptible = 0;
      this.#durationMs = 0;
      this.#resize(MIN_CAPACITY);
    }
    return dropped;
  }

  #emptied(): void {
    this.#head = 0;
    // Sums of fractions drift; an empty lane is the moment to reset the sum.
    this.#durationMs = 0;
    if (this.#frames.length > KEPT_CAPACITY) this.#resize(MIN_CAPACITY);
  }

  #resize(capacity: number): void {
    const frames = new Array<Frame | undefined>(capacity);
    const directions = new Array<FrameDirection>(capacity).fill("downstream");
    const mask = this.#frames.length - 1;
    for (let i = 0; i < this.#size; i++) {
      frames[i] = this.#frames[(this.#head + i) & mask];
      directions[i] = this.#directions[(this.#head + i) & mask] ?? "downstream";
    }
    this.#frames = frames;
    this.#directions = directions;
    this.#head = 0;
  }
}
