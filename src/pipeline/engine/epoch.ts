import { type Frame, type FrameDirection, InterruptionFrame } from "../../frames/index.ts";
import type { ProcessContext, PushErrorOptions } from "../processor-types.ts";
import type { DropCounts } from "./drop-counts.ts";
import type { ProcessorServices } from "./processor-services.ts";

/**
 * The context of all handlers between two interruptions. A promise cannot be cancelled, so the work of an old epoch may
 * still run; what it pushes is dropped. One object serves all its frames: a context per frame would cost every hop.
 */
export class Epoch implements ProcessContext {
  readonly #processor: ProcessorServices["processor"];
  readonly #drops: DropCounts;
  readonly #dropWaiting: (() => void) | undefined;
  #controller: AbortController | undefined;
  #endedBy: Error | undefined;

  /**
   * `dropWaiting` drops what waits in the processor, for an interruption that a handler of this epoch broadcasts. Without
   * it, handlers of this epoch cannot interrupt.
   */
  constructor(services: ProcessorServices, dropWaiting?: () => void) {
    this.#processor = services.processor;
    this.#drops = services.drops;
    this.#dropWaiting = dropWaiting;
  }

  get over(): boolean {
    return this.#endedBy !== undefined;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#endedBy !== undefined) this.#controller.abort(this.#endedBy);
    }
    return this.#controller.signal;
  }

  /** Aborts the signal, and drops what the handlers push from now on. Only the first call counts. */
  end(reason: Error): void {
    if (this.#endedBy === undefined) {
      this.#endedBy = reason;
      this.#controller?.abort(reason);
    }
  }

  push(frame: Frame, direction: FrameDirection = "downstream"): void {
    if (this.#endedBy === undefined) this.#processor.push(frame, direction);
    else this.#drops.stale++;
  }

  pushError(error: Error, options?: PushErrorOptions): void {
    if (!this.caused(error)) this.#processor.pushError(error, options);
  }

  broadcast(make: () => Frame): void {
    if (this.#endedBy === undefined) this.#processor.broadcast(make);
    else this.#drops.stale++;
  }

  broadcastCopy(frame: Frame): void {
    this.broadcast(() => frame.copy());
  }

  broadcastInterruption(): void {
    if (this.#endedBy !== undefined || this.#dropWaiting === undefined) return;
    this.#dropWaiting();
    this.#processor.broadcast(() => new InterruptionFrame());
  }

  /** Whether the error is only the echo of this epoch's own end. */
  caused(error: Error): boolean {
    return (
      this.#endedBy !== undefined &&
      (error === this.#endedBy || error.cause === this.#endedBy || error.name === "AbortError")
    );
  }
}
