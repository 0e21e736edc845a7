/** More sessions than this that wait for their role are an attack. */
const MAX_WAITING = 20;

/** A `client-ready` of a session that is not, or not yet, a user. */
interface EarlyReady {
  readonly id: string | undefined;
  readonly data: unknown;
}

/**
 * Clients that have sent `client-ready` before the room knew them as users: whether a participant is a user or the pal is
 * decided later than its first message may arrive, and client-js sends that message once.
 */
export class EarlyClients {
  readonly #waiting = new Map<string, EarlyReady>();

  /** Keeps the latest of a session. Returns the session that had to give way, if any. */
  add(sessionId: string, ready: EarlyReady): string | undefined {
    this.#waiting.delete(sessionId);
    this.#waiting.set(sessionId, ready);
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size <= MAX_WAITING || oldest === undefined) return undefined;
    this.#waiting.delete(oldest);
    return oldest;
  }

  /** The session is a user now. Returns what it had sent. */
  take(sessionId: string): EarlyReady | undefined {
    const ready = this.#waiting.get(sessionId);
    this.#waiting.delete(sessionId);
    return ready;
  }

  clear(): void {
    this.#waiting.clear();
  }
}
