import { type Clock, systemClock } from "../../util/clock.ts";

/** Something with queued work, drained in small portions. */
export interface Drainable {
  /**
   * Does some work; returns whether there is more to do now. `checkSlice` reads the clock and returns whether the slice is
   * used up, so that this should return soon.
   */
  drain(checkSlice: () => boolean): boolean;
}

export interface FrameSchedulerOptions {
  /** How long frames may hold the event loop before timers and sockets get their turn, in ms. Default 3. */
  readonly sliceMs?: number;
  /** The machine's time, in milliseconds; never virtual, since it guards the real event loop. */
  readonly nowMs?: () => number;
  /** Calls back in the event loop's next turn. Default `setImmediate`. */
  readonly nextTurn?: (callback: () => void) => void;
}

/**
 * Runs all processors of this event loop, in turns. A frame crosses a whole pipeline within one microtask, with
 * no promise per hop and no recursion from one processor into the next; after `sliceMs` within one turn of the event
 * loop it waits for the next turn, however many microtasks that turn consists of.
 */
export class FrameScheduler {
  readonly #sliceMs: number;
  readonly #nowMs: () => number;
  readonly #nextTurn: (callback: () => void) => void;
  #ready: Drainable[] = [];
  #pumpQueued = false;
  #turnOpen = false;
  #turnEndsAtMs = 0;
  /** When the current step began; undefined between pumps. */
  #stepAtMs: number | undefined;
  readonly #checkSlice = (): boolean => {
    const nowMs = this.#nowMs();
    this.#stepAtMs = nowMs;
    return nowMs >= this.#turnEndsAtMs;
  };

  constructor(options: FrameSchedulerOptions = {}) {
    this.#sliceMs = options.sliceMs ?? 3;
    this.#nowMs = options.nowMs ?? (() => systemClock.nowMs());
    this.#nextTurn = options.nextTurn ?? ((callback) => setImmediate(callback));
  }

  /** Whether nothing is left to do until something new is scheduled. */
  get idle(): boolean {
    return this.#ready.length === 0;
  }

  /**
   * The time on `clock`. The machine's own clock is not read again during a step: then the time is exact to what the current
   * handler has run for so far. A clock read per frame and processor would cost half as much as the frame itself.
   */
  eventTimeMs(clock: Clock): number {
    return (clock === systemClock ? this.#stepAtMs : undefined) ?? clock.nowMs();
  }

  /** Queues `drainable`; it must not be queued already. */
  schedule(drainable: Drainable): void {
    this.#ready.push(drainable);
    if (!this.#pumpQueued) {
      this.#pumpQueued = true;
      queueMicrotask(this.#pump);
    }
  }

  readonly #pump = (): void => {
    if (!this.#turnOpen) {
      this.#turnOpen = true;
      this.#turnEndsAtMs = this.#nowMs() + this.#sliceMs;
      this.#nextTurn(this.#endTurn);
    }
    let taken = 0;
    // `#ready` may grow while it is walked.
    while (taken < this.#ready.length && !this.#checkSlice()) {
      const drainable = this.#ready[taken];
      taken++;
      try {
        if (drainable?.drain(this.#checkSlice)) this.#ready.push(drainable);
      } catch (thrown) {
        // A defect of this library. It must be visible, but must not freeze every other pipeline of the process.
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
    this.#stepAtMs = undefined;
    this.#ready = taken === this.#ready.length ? [] : this.#ready.slice(taken);
    // With work left, the pump counts as queued: `#endTurn` continues it.
    this.#pumpQueued = this.#ready.length > 0;
  };

  readonly #endTurn = (): void => {
    this.#turnOpen = false;
    if (this.#ready.length > 0) this.#pump();
  };
}

/** The only one in this process: it shares out the event loop, of which there is one. */
export const frameScheduler = new FrameScheduler();
