import { InputAudioRawFrame, InterruptionFrame, isLifecycleFrame } from "../frames/index.ts";
import type { Frame, FrameDirection } from "../frames/index.ts";
import { FrameLane } from "./frame-lane.ts";

export interface InboxLimits {
  /** Frames a lane holds. Default 200 000: a runaway guard, not back-pressure. */
  readonly maxFrames?: number;
  /** Captured audio that may wait; older audio goes first, since late hearing is worse than a gap. Default 10 s. */
  readonly maxInputAudioMs?: number;
  /** Audio to be spoken that may wait; what comes later is refused. Default 10 min: TTS runs ahead of speech. */
  readonly maxOutputAudioMs?: number;
}

/** The two lanes of a processor, and what happens when one is full. */
export class Inbox {
  readonly system = new FrameLane();
  readonly ordered = new FrameLane();
  readonly #maxFrames: number;
  readonly #maxInputAudioMs: number;
  readonly #maxOutputAudioMs: number;
  readonly #onOverflow: (dropped: Frame, why: string) => void;

  constructor(limits: InboxLimits, onOverflow: (dropped: Frame, why: string) => void) {
    this.#maxFrames = limits.maxFrames ?? 200_000;
    this.#maxInputAudioMs = limits.maxInputAudioMs ?? 10_000;
    this.#maxOutputAudioMs = limits.maxOutputAudioMs ?? 600_000;
    this.#onOverflow = onOverflow;
  }

  add(frame: Frame, direction: FrameDirection): void {
    if (frame.category === "system") {
      this.#addSystem(frame, direction);
    } else {
      this.#addOrdered(frame, direction);
    }
  }

  /** Drops the ordered frames that an interruption makes void; returns how many. */
  dropInterruptible(): number {
    return this.ordered.size === 0 ? 0 : this.ordered.retain((frame) => frame.uninterruptible);
  }

  clear(): number {
    return this.system.clear() + this.ordered.clear();
  }

  #addSystem(frame: Frame, direction: FrameDirection): void {
    const droppable = !isLifecycleFrame(frame) && !(frame instanceof InterruptionFrame);
    if (this.system.size >= this.#maxFrames && droppable) {
      this.#onOverflow(frame, `${this.#maxFrames} system frames are waiting`);
      return;
    }
    this.system.push(frame, direction);
    if (this.system.durationMs > this.#maxInputAudioMs) {
      this.#dropOldestInputAudio();
    }
  }

  #addOrdered(frame: Frame, direction: FrameDirection): void {
    // Control frames are marks that later frames depend on: a lost TTSStopped would leave the bot speaking for ever.
    const droppable = frame.category === "data" && !frame.uninterruptible;
    if (droppable && this.ordered.size >= this.#maxFrames) {
      this.#onOverflow(frame, `${this.#maxFrames} frames are waiting`);
    } else if (
      droppable &&
      this.ordered.durationMs + frame.durationMs > this.#maxOutputAudioMs &&
      frame.durationMs > 0
    ) {
      this.#onOverflow(frame, `${this.#maxOutputAudioMs} ms of audio are waiting`);
    } else {
      this.ordered.push(frame, direction);
    }
  }

  #dropOldestInputAudio(): void {
    let excessMs = this.system.durationMs - this.#maxInputAudioMs;
    this.system.retain((frame) => {
      if (excessMs <= 0 || !(frame instanceof InputAudioRawFrame)) {
        return true;
      }
      excessMs -= frame.durationMs;
      this.#onOverflow(frame, `${this.#maxInputAudioMs} ms of captured audio are waiting`);
      return false;
    });
  }
}
