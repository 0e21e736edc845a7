import type { Frame } from "../frames/index.ts";

/**
 * Recognises the first appearance of a frame: every processor on its way pushes it again, and a broadcast frame has a
 * twin that travels in the other direction. Remembers a bounded number of frames; a frame that reappears after more
 * others than that counts as new.
 */
export class FirstSight {
  readonly #capacity: number;
  /** Frame ids in order of appearance: a Set keeps insertion order. */
  readonly #seen = new Set<number>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  checkFirst(frame: Frame): boolean {
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
