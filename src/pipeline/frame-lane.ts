import type { Frame, FrameDirection } from "../frames/index.ts";

const MIN_CAPACITY = 16;
/** Above this, a lane that has emptied gives its memory back. */
const KEPT_CAPACITY = 4096;

/** A first-in, first-out queue of frames with their directions: a ring that grows, without an object per entry. */
export class FrameLane {
  #frames = new Array<Frame | undefined>(MIN_CAPACITY);
  #directions = new Array<FrameDirection>(MIN_CAPACITY).fill("downstream");
  #head = 0;
  #size = 0;
  #durationMs = 0;

  get size(): number {
    return this.#size;
  }

  /** Media time of all the frames in the lane. */
  get durationMs(): number {
    return this.#durationMs;
  }

  push(frame: Frame, direction: FrameDirection): void {
    if (this.#size === this.#frames.length) {
      this.#resize(this.#size * 2);
    }
    const index = (this.#head + this.#size) & (this.#frames.length - 1);
    this.#frames[index] = frame;
    this.#directions[index] = direction;
    this.#size += 1;
    this.#durationMs += frame.durationMs;
  }

  pushFront(frame: Frame, direction: FrameDirection): void {
    if (this.#size === this.#frames.length) {
      this.#resize(this.#size * 2);
    }
    this.#head = (this.#head - 1) & (this.#frames.length - 1);
    this.#frames[this.#head] = frame;
    this.#directions[this.#head] = direction;
    this.#size += 1;
    this.#durationMs += frame.durationMs;
  }

  /** Direction of the frame that `shift` returns next. */
  get headDirection(): FrameDirection {
    return this.#directions[this.#head] ?? "downstream";
  }

  shift(): Frame | undefined {
    const frame = this.#frames[this.#head];
    if (frame === undefined) {
      return undefined;
    }
    this.#frames[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#frames.length - 1);
    this.#size -= 1;
    this.#durationMs -= frame.durationMs;
    if (this.#size === 0) {
      this.#emptied();
    }
    return frame;
  }

  /** Keeps the frames that `keep` accepts, in their order; returns how many went. */
  retain(keep: (frame: Frame) => boolean): number {
    const before = this.#size;
    const mask = this.#frames.length - 1;
    let kept = 0;
    let durationMs = 0;
    for (let i = 0; i < before; i += 1) {
      const from = (this.#head + i) & mask;
      const frame = this.#frames[from];
      this.#frames[from] = undefined;
      if (frame !== undefined && keep(frame)) {
        const to = (this.#head + kept) & mask;
        this.#frames[to] = frame;
        this.#directions[to] = this.#directions[from] ?? "downstream";
        kept += 1;
        durationMs += frame.durationMs;
      }
    }
    this.#size = kept;
    this.#durationMs = durationMs;
    if (kept === 0) {
      this.#emptied();
    }
    return before - kept;
  }

  clear(): number {
    return this.retain(() => false);
  }

  #emptied(): void {
    this.#head = 0;
    // Sums of fractions drift; an empty lane is the moment to forget it.
    this.#durationMs = 0;
    if (this.#frames.length > KEPT_CAPACITY) {
      this.#resize(MIN_CAPACITY);
    }
  }

  #resize(capacity: number): void {
    const frames = new Array<Frame | undefined>(capacity);
    const directions = new Array<FrameDirection>(capacity).fill("downstream");
    const mask = this.#frames.length - 1;
    for (let i = 0; i < this.#size; i += 1) {
      frames[i] = this.#frames[(this.#head + i) & mask];
      directions[i] = this.#directions[(this.#head + i) & mask] ?? "downstream";
    }
    this.#frames = frames;
    this.#directions = directions;
    this.#head = 0;
  }
}
