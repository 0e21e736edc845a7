import type { Frame, FrameDirection } from "../frames/index.ts";
import { FrameProcessor, type ProcessContext } from "../pipeline/index.ts";
import type { Clock } from "../util/clock.ts";

/** A frame, and when it passed. */
export interface CollectedFrame {
  /** The frame. */
  readonly frame: Frame;
  /** When it passed, in milliseconds on the collector's clock. */
  readonly atMs: number;
}

/**
 * Records every frame that passes in one direction, and forwards all frames. Put one wherever a test needs to see
 * frames.
 */
export class FrameCollector extends FrameProcessor {
  /** The recorded frames, in the order in which they passed. */
  readonly seen: CollectedFrame[] = [];
  readonly #clock: Clock;
  readonly #direction: FrameDirection;

  constructor(clock: Clock, direction: FrameDirection) {
    super({ name: `FrameCollector(${direction})` });
    this.#clock = clock;
    this.#direction = direction;
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void {
    if (direction === this.#direction) this.seen.push({ frame, atMs: this.#clock.nowMs() });
    ctx.push(frame, direction);
  }

  /** Returns the kinds of all recorded frames, in order. */
  kinds(): string[] {
    return this.seen.map(({ frame }) => frame.kind);
  }

  /** Returns the recorded frames of a class and its subclasses, in order. */
  of<F extends Frame>(type: abstract new (...args: never[]) => F): F[] {
    return this.seen.map(({ frame }) => frame).filter((frame): frame is F => frame instanceof type);
  }

  /** Returns when the frames of a class and its subclasses passed, in milliseconds on the clock. */
  atMs(type: abstract new (...args: never[]) => Frame): number[] {
    return this.seen.filter(({ frame }) => frame instanceof type).map(({ atMs }) => atMs);
  }
}
