import type { Frame } from "../../frames/index.ts";

/**
 * Decides which delivery of a frame is the one to pass on when every branch may deliver it. It counts rather than remembers
 * that a frame has been seen: an object that is sent again, such as an image kept for reuse, must come out again. It keeps
 * no frame alive, so hours of them cost no memory.
 */
export class DeliveryTally {
  readonly #branchCount: number;
  readonly #deliveries = new WeakMap<Frame, number[]>();

  constructor(branchCount: number) {
    this.#branchCount = branchCount;
  }

  /** Counts a delivery by the branch; returns whether it is the first, so that no other branch has delivered as often. */
  claimDelivery(frame: Frame, branch: number): boolean {
    let deliveries = this.#deliveries.get(frame);
    if (deliveries === undefined) {
      deliveries = new Array<number>(this.#branchCount).fill(0);
      this.#deliveries.set(frame, deliveries);
    }
    const mine = (deliveries[branch] ?? 0) + 1;
    deliveries[branch] = mine;
    return deliveries.every((theirs, other) => other === branch || theirs < mine);
  }
}
