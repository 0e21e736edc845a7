import type { InputAudioRawFrame } from "../../frames/index.ts";

/** Captured audio that waits, bounded by its duration: the oldest goes first. */
export class AudioBacklog {
  #frames: InputAudioRawFrame[] = [];
  #durationMs = 0;
  #dropped = 0;

  get durationMs(): number {
    return this.#durationMs;
  }

  /** Frames lost because of the bound. */
  get droppedFrames(): number {
    return this.#dropped;
  }

  /** Keeps no more than `maxMs` of audio; returns how many frames were dropped for that. */
  add(frame: InputAudioRawFrame, maxMs: number): number {
    this.#frames.push(frame);
    this.#durationMs += frame.durationMs;
    let excess = 0;
    let leftMs = this.#durationMs;
    for (const { durationMs } of this.#frames) {
      if (leftMs <= maxMs) break;
      leftMs -= durationMs;
      excess++;
    }
    if (excess > 0) {
      this.#frames.splice(0, excess);
      this.#durationMs = leftMs;
      this.#dropped += excess;
    }
    return excess;
  }

  shift(): InputAudioRawFrame | undefined {
    const frame = this.#frames.shift();
    this.#durationMs = this.#frames.length === 0 ? 0 : this.#durationMs - (frame?.durationMs ?? 0);
    return frame;
  }

  /** All that waits, and nothing waits any more. */
  take(): readonly InputAudioRawFrame[] {
    const frames = this.#frames;
    this.#frames = [];
    this.#durationMs = 0;
    return frames;
  }
}
