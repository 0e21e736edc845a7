import type { Clock } from "../../util/clock.ts";

/** Enough to tell our own calls from an orphan; bounded so that a process that runs for years stays flat. */
const MAX_KNOWN_IDS = 1000;
/** By how much the server may be late with its own limit. */
const GRACE_MS = 60_000;

/** The conversations that were opened here and, as far as is known, have not ended. */
export class RunningConversations {
  readonly #clock: Clock;
  /** Id → when the server's own limit has ended it for sure. */
  readonly #endMsById = new Map<string, number>();
  #creating = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** With those that are being created. */
  get count(): number {
    const nowMs = this.#clock.nowMs();
    for (const [id, endMs] of this.#endMsById) if (endMs <= nowMs) this.#endMsById.delete(id);
    return this.#endMsById.size + this.#creating;
  }

  get ids(): ReadonlySet<string> {
    return new Set(this.#endMsById.keys());
  }

  /** Counts a conversation before it exists; undo it by calling what it returns. */
  reserve(): () => void {
    this.#creating++;
    let reserved = true;
    return () => {
      if (reserved) this.#creating--;
      reserved = false;
    };
  }

  add(conversationId: string, maxCallDurationS: number): void {
    this.#endMsById.set(conversationId, this.#clock.nowMs() + maxCallDurationS * 1000 + GRACE_MS);
    const [oldest] = this.#endMsById.keys();
    if (this.#endMsById.size > MAX_KNOWN_IDS && oldest !== undefined) this.#endMsById.delete(oldest);
  }

  delete(conversationId: string): void {
    this.#endMsById.delete(conversationId);
  }
}
