import type { Frame, FrameDirection } from "../frames/index.ts";
import { FrameProcessor, type ProcessContext } from "../pipeline/index.ts";
import type { Clock } from "../util/clock.ts";

/** A frame and when it passed. */
export interface CollectedFrame {
  readonly frame: Frame;
  /** On the collector's clock, in milliseconds. */
  readonly atMs: number;
}

/** Records every frame that passes in one direction, and pushes it on. Put one wherever a test wants to look. */
export class FrameCollector extends FrameProcessor {
  /** In the order they passed. */
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

  /** The kinds of all frames seen, in order. */
  kinds(): string[] {
    return this.seen.map(({ frame }) => frame.kind);
  }

  /** The frames of one class or family, in order. */
  of<F extends Frame>(type: abstract new (...args: never[]) => F): F[] {
    return this.seen.map(({ frame }) => frame).filter((frame): frame is F => frame instanceof type);
  }

  /** When the frames of one class or family passed, in milliseconds. */
  atMs(type: abstract new (...args: never[]) => Frame): number[] {
    return this.seen.filter(({ frame }) => frame instanceof type).map(({ atMs }) => atMs);
  }
}
