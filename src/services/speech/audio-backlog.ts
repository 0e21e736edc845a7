import type { InputAudioRawFrame } from "../../frames/index.ts";

/** A queue of captured audio, bounded by its duration: the oldest is dropped first. */
export class AudioBacklog {
  #frames: InputAudioRawFrame[] = [];
  #durationMs = 0;
  #dropped = 0;

  get durationMs(): number {
    return this.#durationMs;
  }

  /** Number of frames dropped because of the bound. */
  get droppedFrames(): number {
    return this.#dropped;
  }

  /**
   * Adds a frame and drops the oldest until no more than `maxMs` of audio is left. Returns how many frames were
   * dropped.
   */
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

  /** Removes all frames and returns them. */
  take(): readonly InputAudioRawFrame[] {
    const frames = this.#frames;
    this.#frames = [];
    this.#durationMs = 0;
    return frames;
  }
}
