import { type Frame, PipelineFlushFrame } from "../frames/index.ts";
import type { Clock } from "../util/clock.ts";
import { deferred, type Deferred } from "../util/deadline.ts";

/** For text that must be said to its end, the answer to what a user writes does not wait for ever. */
const TIMEOUT_MS = 5000;

/** Waits until everything that is queued in the pipeline has been handled: a frame is sent to its end and back. */
export class PipelineDrain {
  readonly #clock: () => Clock;
  readonly #push: (frame: Frame) => void;
  readonly #underway = new Map<Frame, Deferred<undefined>>();

  constructor(clock: () => Clock, push: (frame: Frame) => void) {
    this.#clock = clock;
    this.#push = push;
  }

  /** Resolves when the pipeline has been drained, after 5 s, or when it is closed. */
  async run(): Promise<void> {
    const frame = new PipelineFlushFrame();
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
