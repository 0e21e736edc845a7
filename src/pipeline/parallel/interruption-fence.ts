import type { Frame } from "../../frames/index.ts";

/** An InterruptionFrame crosses a branch in less than a millisecond, unless a handler waits or swallows it. */
const FENCE_MS = 100;

/**
 * An interruption leaves parallel branches with the fastest of them. Until it has crossed the others too, their processors
 * may still push what it invalidated; that must not follow it out. A branch that swallows the InterruptionFrame is fenced
 * for 100 ms only, or nothing would ever come out of it again.
 */
export class InterruptionFence {
  readonly #pending = new Map<number, { readonly interruption: Frame; readonly untilMs: number }>();

  /** The interruption has left; these branches have not delivered it yet. */
  raise(interruption: Frame, branches: Iterable<number>, nowMs: number): void {
    for (const branch of branches) this.#pending.set(branch, { interruption, untilMs: nowMs + FENCE_MS });
  }

  /** The branch has delivered the interruption. A branch that is behind a newer interruption stays fenced. */
  lower(interruption: Frame, branch: number): void {
    if (this.#pending.get(branch)?.interruption === interruption) this.#pending.delete(branch);
  }

  /** Whether an interruption that has left already invalidated what the branch delivers now. */
  blocks(frame: Frame, branch: number, nowMs: () => number): boolean {
    if (this.#pending.size === 0 || frame.category === "system" || frame.uninterruptible) return false;
    const fence = this.#pending.get(branch);
    return fence !== undefined && nowMs() < fence.untilMs;
  }
}
