import type { Frame } from "../frames/index.ts";

/**
 * Tells a frame's first appearance from its later ones: every processor on its way pushes it again, and a broadcast has a
 * twin that travels the other way. Remembers a bounded number of frames; what comes again after that many others counts
 * as new.
 */
export class FirstSight {
  readonly #capacity: number;
  /** In order of appearance, as sets are. */
  readonly #seen = new Set<number>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  isFirst(frame: Frame): boolean {
    if (this.#seen.has(frame.id)) return false;
    const { broadcastSiblingId } = frame;
    const twinSeen = broadcastSiblingId !== undefined && this.#seen.has(broadcastSiblingId);
    this.#seen.add(frame.id);
    if (this.#seen.size > this.#capacity) {
      const [oldest] = this.#seen;
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    return !twinSeen;
  }
}
