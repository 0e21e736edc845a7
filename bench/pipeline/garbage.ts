import { type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { nextTurn } from "../../src/util/next-turn.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Heap bytes in use after all garbage is collected. */
export async function settledHeap(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    collect();
    await nextTurn();
  }
  return process.memoryUsage().heapUsed;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Records the garbage collector's pauses: they block the event loop too, but the pipeline cannot prevent them. */
export class GarbagePauses implements Disposable {
  readonly #pauses: Span[] = [];
  readonly #observer = new PerformanceObserver((list) => list.getEntries().forEach(this.#note));

  constructor() {
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  /** How long the collector ran between two readings of `performance.now()`, in milliseconds. */
  within(fromMs: number, toMs: number): number {
    // The observer receives entries late; those it has not received yet count too.
    this.#observer.takeRecords().forEach(this.#note);
    return this.#pauses.reduce((sum, { fromMs: from, toMs: to }) => {
      return sum + Math.max(0, Math.min(to, toMs) - Math.max(from, fromMs));
    }, 0);
  }

  [Symbol.dispose](): void {
    this.#observer.disconnect();
  }

  // A field initialiser runs before the observer can call it.
  readonly #note = ({ startTime, duration }: PerformanceEntry): void => {
    this.#pauses.push({ fromMs: startTime, toMs: startTime + duration });
  };
}
