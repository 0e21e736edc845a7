import { type Frame, PipelineFlushUrgentFrame } from "../frames/index.ts";
import type { Clock } from "../util/clock.ts";
import { deferred, type Deferred } from "../util/deadline.ts";

/** A processor that hangs must not keep users from writing. */
const TIMEOUT_MS = 5000;

/**
 * Waits until an interruption has been handled by the whole pipeline: a frame follows it to the end, and returns. Ordered frames
 * may still wait then, such as those that the output holds back while a pal falls silent.
 */
export class PipelineDrain {
  readonly #clock: () => Clock;
  readonly #push: (frame: Frame) => void;
  readonly #underway = new Map<Frame, Deferred<undefined>>();

  constructor(clock: () => Clock, push: (frame: Frame) => void) {
    this.#clock = clock;
    this.#push = push;
  }

  /** Resolves when the frame is back, after 5 s, or when this is closed. */
  async run(): Promise<void> {
    const frame = new PipelineFlushUrgentFrame();
    const returned = deferred<undefined>();
    this.#underway.set(frame, returned);
    const timer = this.#clock().setTimeout(() => returned.resolve(undefined), TIMEOUT_MS);
    this.#push(frame);
    await returned.promise;
    this.#clock().clearTimeout(timer);
    this.#underway.delete(frame);
  }

  /** A frame is back; returns whether it was one of these. */
  returned(frame: Frame): boolean {
    const waiting = this.#underway.get(frame);
    waiting?.resolve(undefined);
    return waiting !== undefined;
  }

  /** No frame returns any more. */
  close(): void {
    for (const returned of this.#underway.values()) returned.resolve(undefined);
  }
}
