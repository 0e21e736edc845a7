import {
  type Frame,
  type FrameDirection,
  InputAudioRawFrame,
  InputImageRawFrame,
  InterruptionFrame,
  isLifecycleFrame,
  UserImageRawFrame,
} from "../../frames/index.ts";
import { FrameLane } from "./frame-lane.ts";

/** Bounds of what may wait in a processor. */
export interface InboxLimits {
  /** Frames that one lane holds; further ones are dropped. Default 200 000: a runaway guard, not back-pressure. */
  readonly maxFrames?: number;
  /** Captured audio that may wait, in ms; the oldest is dropped, since hearing late is worse than a gap. Default 10 000. */
  readonly maxInputAudioMs?: number;
  /**
   * Captured pictures that may wait, not counting those that answer a request; the oldest are dropped. Default 8: they are
   * large.
   */
  readonly maxInputImages?: number;
  /** Audio to be spoken that may wait, in ms; further audio is dropped. Default 600 000: TTS runs ahead of speech. */
  readonly maxOutputAudioMs?: number;
}

/** The two lanes of a processor, what happens when one is full, and where paused frames wait. */
export class Inbox {
  readonly system = new FrameLane();
  /** Ordered frames that may be handled. */
  #ordered = new FrameLane();
  /** Ordered frames that a pause holds. A lane of their own, so that a pause costs the running pipeline nothing. */
  #held: FrameLane | undefined;
  #pause: FrameDirection | "both" | undefined;
  readonly #maxFrames: number;
  readonly #maxInputAudioMs: number;
  readonly #maxInputImages: number;
  readonly #maxOutputAudioMs: number;
  readonly #onOverflow: (dropped: Frame, why: string) => void;

  constructor(limits: InboxLimits, onOverflow: (dropped: Frame, why: string) => void) {
    this.#maxFrames = limits.maxFrames ?? 200_000;
    this.#maxInputAudioMs = limits.maxInputAudioMs ?? 10_000;
    this.#maxInputImages = limits.maxInputImages ?? 8;
    this.#maxOutputAudioMs = limits.maxOutputAudioMs ?? 600_000;
    this.#onOverflow = onOverflow;
  }

  get ordered(): FrameLane {
    return this.#ordered;
  }

  /** Frames in all lanes. */
  get size(): number {
    return this.system.size + this.orderedSize;
  }

  /** Ordered frames, held ones too. */
  get orderedSize(): number {
    return this.#ordered.size + (this.#held?.size ?? 0);
  }

  /** Media time of all waiting frames, in milliseconds. */
  get durationMs(): number {
    return this.system.durationMs + this.#ordered.durationMs + (this.#held?.durationMs ?? 0);
  }

  add(frame: Frame, direction: FrameDirection): void {
    if (frame.category === "system") this.#addSystem(frame, direction);
    else this.#addOrdered(frame, direction);
  }

  /** Drops the ordered frames that an interruption invalidates; returns how many. */
  dropInterruptible(): number {
    return this.#ordered.dropInterruptible() + (this.#held?.dropInterruptible() ?? 0);
  }

  /** Keeps ordered frames of one direction, or of both, from being handled; further calls can only add the other one. */
  hold(direction: FrameDirection | undefined): void {
    this.#pause = direction === undefined || (this.#pause ?? direction) !== direction ? "both" : direction;
    const held = (this.#held ??= new FrameLane());
    this.#ordered.retain((frame, headed) => {
      if (this.#holds(headed)) {
        held.push(frame, headed);
        return false;
      }
      return true;
    });
  }

  /** Lets held frames be handled. */
  release(): void {
    this.#pause = undefined;
    const held = this.#held;
    if (held === undefined) return;
    // Ordered frames that are not held arrived later, or travel the other way: order is kept per direction.
    this.#ordered.retain((frame, direction) => {
      held.push(frame, direction);
      return false;
    });
    this.#ordered = held;
    this.#held = undefined;
  }

  clear(): number {
    const dropped = this.system.clear() + this.#ordered.clear() + (this.#held?.clear() ?? 0);
    this.release();
    return dropped;
  }

  #holds(direction: FrameDirection): boolean {
    return this.#pause === "both" || this.#pause === direction;
  }

  #addSystem(frame: Frame, direction: FrameDirection): void {
    const droppable = !isLifecycleFrame(frame) && !(frame instanceof InterruptionFrame);
    if (this.system.size >= this.#maxFrames && droppable) {
      this.#onOverflow(frame, `${this.#maxFrames} system frames are waiting`);
      return;
    }
    this.system.push(frame, direction);
    if (this.system.durationMs > this.#maxInputAudioMs) this.#dropOldestInputAudio();
    if (this.system.size > this.#maxInputImages && isLivePicture(frame)) this.#dropOldestInputImages();
  }

  #addOrdered(frame: Frame, direction: FrameDirection): void {
    // Control frames are marks that later frames depend on: a lost TTSStopped would leave the bot speaking forever.
    const droppable = frame.category === "data" && !frame.uninterruptible;
    const lane = this.#held !== undefined && this.#holds(direction) ? this.#held : this.#ordered;
    if (droppable && lane.size >= this.#maxFrames) this.#onOverflow(frame, `${this.#maxFrames} frames are waiting`);
    else if (droppable && lane.durationMs + frame.durationMs > this.#maxOutputAudioMs && frame.durationMs > 0)
      this.#onOverflow(frame, `${this.#maxOutputAudioMs} ms of audio are waiting`);
    else lane.push(frame, direction);
  }

  #dropOldestInputAudio(): void {
    let excessMs = this.system.durationMs - this.#maxInputAudioMs;
    this.system.retain((frame) => {
      if (excessMs <= 0 || !(frame instanceof InputAudioRawFrame)) return true;
      excessMs -= frame.durationMs;
      this.#onOverflow(frame, `${this.#maxInputAudioMs} ms of captured audio are waiting`);
      return false;
    });
  }

  #dropOldestInputImages(): void {
    let excess = -this.#maxInputImages;
    this.system.retain((frame) => {
      excess += isLivePicture(frame) ? 1 : 0;
      return true;
    });
    if (excess <= 0) return;
    this.system.retain((frame) => {
      if (excess <= 0 || !isLivePicture(frame)) return true;
      excess--;
      this.#onOverflow(frame, `${this.#maxInputImages} captured pictures are waiting`);
      return false;
    });
  }
}

/** Whether the picture is one of a stream: the next is as good. */
function isLivePicture(frame: Frame): boolean {
  return frame instanceof InputImageRawFrame && !(frame instanceof UserImageRawFrame && frame.request !== undefined);
}
