/**
 * A queue of PCM to play: takes blocks of any length, gives frames of an exact length, and copies each sample only
 * once.
 */
export class PcmQueue {
  readonly #blocks: Int16Array[] = [];
  #offset = 0;
  #length = 0;

  /** Number of samples in the queue. */
  get length(): number {
    return this.#length;
  }

  push(block: Int16Array): void {
    if (block.length === 0) return;
    this.#blocks.push(block);
    this.#length += block.length;
  }

  /**
   * Fills `target` from the front of the queue, and its rest with silence. Returns how many samples came from the
   * queue.
   */
  read(target: Int16Array): number {
    let filled = 0;
    while (filled < target.length) {
      const block = this.#blocks[0];
      if (!block) break;
      const taken = Math.min(block.length - this.#offset, target.length - filled);
      target.set(block.subarray(this.#offset, this.#offset + taken), filled);
      filled += taken;
      this.#offset += taken;
      if (this.#offset === block.length) {
        this.#blocks.shift();
        this.#offset = 0;
      }
    }
    target.fill(0, filled);
    this.#length -= filled;
    return filled;
  }

  clear(): void {
    this.#blocks.length = 0;
    this.#offset = 0;
    this.#length = 0;
  }
}
