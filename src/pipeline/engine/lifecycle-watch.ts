import type { Frame } from "../../frames/index.ts";

/** A pipeline can be stopped and started again; older entries than this can no longer be in any handler's hands. */
const KEPT = 8;

/** Remembers which lifecycle frames a processor has passed on, so that each leaves exactly once. */
export class LifecycleWatch {
  readonly #entries: { readonly frame: Frame; forwarded: boolean }[] = [];

  /** From now on the frame may be forwarded, once. */
  take(frame: Frame): void {
    this.#entries.push({ frame, forwarded: false });
    if (this.#entries.length > KEPT) this.#entries.shift();
  }

  /** Called for every frame on its way out: false if it is a lifecycle frame that has left already. */
  mayLeave(frame: Frame): boolean {
    for (const entry of this.#entries) {
      if (entry.frame === frame) {
        const first = !entry.forwarded;
        entry.forwarded = true;
        return first;
      }
    }
    return true;
  }

  /** Whether the frame was taken and has not left yet. */
  holds(frame: Frame): boolean {
    return this.#entries.some((entry) => entry.frame === frame && !entry.forwarded);
  }
}
