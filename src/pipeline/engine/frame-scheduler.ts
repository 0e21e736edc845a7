import { type Clock, systemClock } from "../../util/clock.ts";

/** Something with queued work, drained in small portions. */
export interface Drainable {
  /** Does some work; returns whether there is more to do now. `pressed()` says that it should return soon. */
  drain(pressed: () => boolean): boolean;
}

export interface FrameSchedulerOptions {
  /** How long frames may hold the event loop before timers and sockets get their turn. Default 3. */
  readonly sliceMs?: number;
  /** The machine's time, in milliseconds; never virtual, since it guards the real event loop. */
  readonly nowMs?: () => number;
  /** Calls back in the event loop's next turn. Default `setImmediate`. */
  readonly nextTurn?: (callback: () => void) => void;
}

/**
 * Runs all processors of this event loop, one after the other. A frame crosses a whole pipeline within one microtask, with
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
  /** When the work at hand began; undefined between pumps. */
  #stepAtMs: number | undefined;
  readonly #pressed = (): boolean => {
    const nowMs = this.#nowMs();
    this.#stepAtMs = nowMs;
    return nowMs >= this.#turnEndsAtMs;
  };

  constructor(options: FrameSchedulerOptions = {}) {
    this.#sliceMs = options.sliceMs ?? 3;
    this.#nowMs = options.nowMs ?? (() => systemClock.nowMs());
    this.#nextTurn = options.nextTurn ?? ((callback) => setImmediate(callback));
  }

  /** Whether nothing is left to do until something new comes. */
  get idle(): boolean {
    return this.#ready.length === 0;
  }

  /**
   * The time on `clock`, without a look at it where the machine's own is meant and its time is known: then it is exact to
   * what the handler at hand has run for so far. A look for every frame at every processor costs half as much as the frame.
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
    while (taken < this.#ready.length && !this.#pressed()) {
      const drainable = this.#ready[taken];
      taken++;
      try {
        if (drainable?.drain(this.#pressed)) this.#ready.push(drainable);
      } catch (thrown) {
        // A defect of this library. It must be seen, but must not freeze every other pipeline of the process.
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
    this.#stepAtMs = undefined;
    this.#ready = taken === this.#ready.length ? [] : this.#ready.slice(taken);
    // With work left, the pump counts as queued: `#endTurn` goes on with it.
    this.#pumpQueued = this.#ready.length > 0;
  };

  readonly #endTurn = (): void => {
    this.#turnOpen = false;
    if (this.#ready.length > 0) this.#pump();
  };
}

/** The one of this process: what it shares out is the event loop, and there is one. */
export const frameScheduler = new FrameScheduler();
