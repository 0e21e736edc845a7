import { frameScheduler } from "../pipeline/engine/frame-scheduler.ts";
import { type Clock, systemClock, type TimerHandle } from "../util/clock.ts";
import { sleep } from "../util/deadline.ts";
import { nextTurn } from "../util/next-turn.ts";

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Turns of the event loop given to pending work before time moves on; a few, since work hands on to work. */
const SETTLE_TURNS = 5;
/** A pipeline that is still busy after so many hands frames in a circle. */
const MAX_TURNS = 20_000;
/** Real milliseconds that work without a timer may take, before a promise is taken for one that never settles. */
const IDLE_TURNS = 500;

/** A clock that stands still until a test moves it. */
export class VirtualClock implements Clock {
  readonly #timers = new Set<Timer>();
  readonly #wallOriginMs: number;
  #nowMs = 0;
  #order = 0;

  /** `wallOriginMs` is what `wallMs` says at the start. Default 2026-01-01. */
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

  /** How many timers are set; what a finished test should have none of. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Lets time pass: runs the due timers in order, and between them all the work that is ready. */
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
   * Lets time pass, from timer to timer, until the promise settles; rejects as it does. Throws when `limitMs` have passed
   * or no timer is left that could help.
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
        // It may wait for the machine itself: a file, a socket, a WebAssembly module.
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

/** Lets everything run that waits for no timer: promises, and what they and the pipeline put off by a turn. */
export async function settle(): Promise<void> {
  // On a busy machine the pipeline needs more turns for the same frames: it shares the event loop by real time.
  for (let turn = 0, quiet = 0; quiet < SETTLE_TURNS && turn < MAX_TURNS; turn++) {
    await nextTurn();
    quiet = frameScheduler.idle ? quiet + 1 : 0;
  }
}
