import type { Clock } from "../../util/clock.ts";

/** Enough to distinguish our own calls from an orphan; bounded so that memory does not grow over years. */
const MAX_KNOWN_IDS = 1000;
/** By how much the server may exceed its own limit. */
const GRACE_MS = 60_000;

/** The conversations that this client opened and that are not known to have ended. */
export class RunningConversations {
  readonly #clock: Clock;
  /** For each id, the time by which the server's limit has certainly ended the conversation. */
  readonly #endMsById = new Map<string, number>();
  #creating = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The number of open conversations, including those being created. */
  get count(): number {
    const nowMs = this.#clock.nowMs();
    for (const [id, endMs] of this.#endMsById) if (endMs <= nowMs) this.#endMsById.delete(id);
    return this.#endMsById.size + this.#creating;
  }

  /** The ids of the open conversations. */
  get ids(): ReadonlySet<string> {
    return new Set(this.#endMsById.keys());
  }

  /** Counts a conversation before it exists. Call the returned function to release the reservation. */
  reserve(): () => void {
    this.#creating++;
    let reserved = true;
    return () => {
      if (reserved) this.#creating--;
      reserved = false;
    };
  }

  /** Adds an open conversation, which its limit ends after `maxCallDurationS` seconds. */
  add(conversationId: string, maxCallDurationS: number): void {
    this.#endMsById.set(conversationId, this.#clock.nowMs() + maxCallDurationS * 1000 + GRACE_MS);
    const [oldest] = this.#endMsById.keys();
    if (this.#endMsById.size > MAX_KNOWN_IDS && oldest !== undefined) this.#endMsById.delete(oldest);
  }

  /** Removes a conversation that has ended. */
  delete(conversationId: string): void {
    this.#endMsById.delete(conversationId);
  }
}
