import type { Frame } from "../../frames/index.ts";

/** A pipeline can be stopped and started again; no handler can still hold older frames than this. */
const KEPT = 8;

/** "owed": the frame must leave. "optional": it may leave. "left": it has left and must not leave again. */
interface Exit {
  readonly frame: Frame;
  state: "owed" | "optional" | "left";
}

/** Ensures that each lifecycle frame leaves a processor exactly once. */
export class LifecycleExits {
  readonly #exits: Exit[] = [];
  #closed = false;

  /** The handler gets the frame next: from now on it must leave, once. */
  owe(frame: Frame): void {
    this.#exits.push({ frame, state: this.#closed ? "optional" : "owed" });
    if (this.#exits.length > KEPT) this.#exits.shift();
  }

  /** Whether the frame must leave and has not left yet. */
  owes(frame: Frame): boolean {
    return this.#exits.some((exit) => exit.frame === frame && exit.state === "owed");
  }

  /** Takes the frame's one exit. Returns false for a lifecycle frame that has left already, true for every other frame. */
  claimExit(frame: Frame): boolean {
    for (const exit of this.#exits) {
      if (exit.frame === frame) {
        const isFirst = exit.state !== "left";
        exit.state = "left";
        return isFirst;
      }
    }
    return true;
  }

  /** Frames that have not left yet need not leave any more. */
  forgive(): void {
    for (const exit of this.#exits) if (exit.state === "owed") exit.state = "optional";
  }

  /** Forgives also what is owed from now on. */
  close(): void {
    this.#closed = true;
    this.forgive();
  }
}
