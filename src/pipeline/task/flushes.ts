import type { Frame } from "../../frames/index.ts";
import type { Clock } from "../../util/clock.ts";
import { deferred, type Deferred } from "../../util/deadline.ts";

/** The flush frames of a task that are on their way, each with its waiting caller. */
export class Flushes {
  readonly #clock: Clock;
  readonly #waiting = new Map<Frame, Deferred<boolean>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves with true once the frame has returned, with false after `timeoutMs` or when all are abandoned. */
  async wait(frame: Frame, timeoutMs: number): Promise<boolean> {
    const returned = deferred<boolean>();
    this.#waiting.set(frame, returned);
    const timer = this.#clock.setTimeout(() => {
      returned.resolve(false);
    }, timeoutMs);
    const isFlushed = await returned.promise;
    this.#clock.clearTimeout(timer);
    this.#waiting.delete(frame);
    return isFlushed;
  }

  /** A frame has left the pipeline upstream; most are no flush. */
  returned(frame: Frame): void {
    this.#waiting.get(frame)?.resolve(true);
  }

  /** No frame returns any more. */
  abandon(): void {
    for (const returned of this.#waiting.values()) returned.resolve(false);
  }
}
