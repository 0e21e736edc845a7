import type { Clock } from "../util/clock.ts";

/** A page that reports every key press and pointer move stays below. */
const PER_SECOND = 100;
const BURST = 200;

/** How many messages a session may still send: so many per second, and so many at once. */
export class MessageRate {
  readonly #clock: () => Clock;
  readonly #bySession = new Map<string, { tokens: number; atMs: number }>();

  constructor(clock: () => Clock) {
    this.#clock = clock;
  }

  /** Whether this message is one too many. */
  checkExceeded(sessionId: string): boolean {
    const nowMs = this.#clock().nowMs();
    const state = this.#bySession.get(sessionId) ?? { tokens: BURST, atMs: nowMs };
    state.tokens = Math.min(BURST, state.tokens + ((nowMs - state.atMs) * PER_SECOND) / 1000);
    state.atMs = nowMs;
    this.#bySession.set(sessionId, state);
    if (state.tokens < 1) return true;
    state.tokens--;
    return false;
  }

  forget(sessionId: string): void {
    this.#bySession.delete(sessionId);
  }

  clear(): void {
    this.#bySession.clear();
  }
}
