import { frameScheduler } from "../pipeline/engine/frame-scheduler.ts";
import { type Clock, systemClock, type TimerHandle } from "../util/clock.ts";
import { sleep } from "../util/deadline.ts";
import { nextTurn } from "../util/next-turn.ts";

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Turns of the event loop for pending work before time moves on; several, because work starts other work. */
const SETTLE_TURNS = 5;
/** A pipeline that is still busy after this many turns passes frames in a circle. */
const MAX_TURNS = 20_000;
/** Real milliseconds that work without a timer may take before a promise counts as one that never settles. */
const IDLE_TURNS = 500;

/** A clock for tests that stands still until the test advances it. */
export class VirtualClock implements Clock {
  readonly #timers = new Set<Timer>();
  readonly #wallOriginMs: number;
  #nowMs = 0;
  #order = 0;

  /** `wallOriginMs` is what `wallMs` returns at the start, in milliseconds since 1970. Default 2026-01-01. */
  constructor(wallOriginMs: number = Date.UTC(2026, 0, 1)) {
    this.#wallOriginMs = wallOriginMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#wallOriginMs + this.#nowMs;
  }

  setTimeout(callback: () => void, delayMs: number): TimerHandle {
    this.#order++;
    const timer: Timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order, callback };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: TimerHandle): void {
    this.#timers.delete(timer as Timer);
  }

  /** Number of timers that are set. Should be 0 at the end of a test. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Advances time: runs the due timers in order, and between them all work that is ready. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settle();
    for (let timer = this.#next(untilMs); timer !== undefined; timer = this.#next(untilMs)) {
      this.#timers.delete(timer);
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      timer.callback();
      await settle();
    }
    this.#nowMs = untilMs;
  }

  /**
   * Advances time from timer to timer until the promise settles, and returns its result or rejects with its error.
   *
   * @throws Error if `limitMs` of virtual time have passed or no timer is left that could settle the promise.
   */
  async advanceUntil<T>(promise: Promise<T>, limitMs = 3_600_000): Promise<T> {
    const untilMs = this.#nowMs + limitMs;
    const state = { settled: false };
    const mark = (): void => {
      state.settled = true;
    };
    promise.then(mark, mark);
    await settle();
    for (let idleTurns = 0; !state.settled;) {
      const timer = this.#next(untilMs);
      if (timer !== undefined) {
        await this.advance(timer.dueMs - this.#nowMs);
      } else if (idleTurns < IDLE_TURNS) {
        // It may wait for the machine: a file, a socket, a WebAssembly module.
        idleTurns++;
        await sleep(systemClock, 1);
      } else {
        throw new Error(`Nothing is left that could settle the promise within ${limitMs} ms of virtual time.`);
      }
    }
    return promise;
  }

  #next(untilMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      const earlier =
        next === undefined || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order);
      if (timer.dueMs <= untilMs && earlier) next = timer;
    }
    return next;
  }
}

/** Runs all work that does not wait for a timer: promises, and what they and the pipeline defer by a turn. */
export async function settle(): Promise<void> {
  // On a busy machine the pipeline needs more turns for the same frames: it shares the event loop by real time.
  for (let turn = 0, quiet = 0; quiet < SETTLE_TURNS && turn < MAX_TURNS; turn++) {
    await nextTurn();
    quiet = frameScheduler.idle ? quiet + 1 : 0;
  }
}
