import type { Frame, FrameDirection } from "../../frames/index.ts";
import type { ProcessContext, PushErrorOptions } from "../processor-types.ts";

/** What an epoch needs from its processor. */
export type EpochOwner = Pick<ProcessContext, "push" | "pushError" | "broadcast">;

/**
 * The context of all handlers between two interruptions. A promise cannot be cancelled, so the work of an old epoch may
 * still run; what it pushes goes nowhere. One object serves all its frames: a context per frame would cost every hop.
 */
export class Epoch implements ProcessContext {
  readonly #owner: EpochOwner;
  readonly #countStale: () => void;
  readonly #interrupt: () => void;
  #controller: AbortController | undefined;
  #endedBy: Error | undefined;

  /** `interrupt` clears what waits in the processor and sends the `InterruptionFrame` both ways. */
  constructor(owner: EpochOwner, countStale: () => void, interrupt: () => void) {
    this.#owner = owner;
    this.#countStale = countStale;
    this.#interrupt = interrupt;
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

  end(reason: Error): void {
    if (this.#endedBy === undefined) {
      this.#endedBy = reason;
      this.#controller?.abort(reason);
    }
  }

  push(frame: Frame, direction: FrameDirection = "downstream"): void {
    if (this.#endedBy === undefined) this.#owner.push(frame, direction);
    else this.#countStale();
  }

  pushError(error: Error, options?: PushErrorOptions): void {
    if (!this.caused(error)) this.#owner.pushError(error, options);
  }

  broadcast(make: () => Frame): void {
    if (this.#endedBy === undefined) this.#owner.broadcast(make);
    else this.#countStale();
  }

  broadcastCopy(frame: Frame): void {
    this.broadcast(() => frame.copy());
  }

  broadcastInterruption(): void {
    if (this.#endedBy === undefined) this.#interrupt();
  }

  /** Whether the error is only the echo of this epoch's own end. */
  caused(error: Error): boolean {
    return (
      this.#endedBy !== undefined &&
      (error === this.#endedBy || error.cause === this.#endedBy || error.name === "AbortError")
    );
  }
}
