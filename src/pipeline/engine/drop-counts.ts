import { ErrorFrame, type Frame } from "../../frames/index.ts";
import type { Logger } from "../../util/logger.ts";

/** What one processor has dropped and why. Logs the first drop of each kind that should not happen. */
export class DropCounts {
  readonly #processor: string;
  readonly #logger: () => Logger;
  byInterruption = 0;
  stale = 0;
  overflow = 0;
  closed = 0;
  #hasWarnedOfPush = false;

  constructor(processor: string, logger: () => Logger) {
    this.#processor = processor;
    this.#logger = logger;
  }

  /** A queue was full. */
  overflowed(frame: Frame, why: string): void {
    this.overflow++;
    if (this.overflow === 1) {
      const what = `${this.#processor} dropped a ${frame.kind}: ${why}. Later drops are only counted.`;
      this.#logger().warn(`${what} Its handler is slower than its input.`);
    }
  }

  /** A frame arrived after cancel or cleanup. Usual at the end: neighbours do not stop at the same instant. */
  arrivedAfterClose(frame: Frame): void {
    this.closed++;
    if (this.closed === 1) {
      const what = `${this.#processor} received a frame after it was cancelled or cleaned up`;
      this.#logger().debug(`${what}; it and later ones are dropped.`, { frame: frame.name });
    }
  }

  /** The processor itself pushed after its cleanup: something in it still runs. */
  pushedAfterClose(frame: Frame): void {
    this.closed++;
    if (!this.#hasWarnedOfPush) {
      this.#hasWarnedOfPush = true;
      const what = `${this.#processor} pushed a ${frame.kind} after its cleanup; it and later ones are dropped.`;
      const fields = frame instanceof ErrorFrame ? { error: frame.error } : {};
      this.#logger().warn(`${what} Stop its timers and listeners in cleanup().`, fields);
    }
  }
}
