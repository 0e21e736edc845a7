import { type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { nextTurn } from "../../src/util/next-turn.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes in use once all garbage is gone. */
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

/** Notes when the collector stopped the program: its pauses hold the event loop too, but no pipeline can help it. */
export class GarbagePauses implements Disposable {
  readonly #pauses: Span[] = [];
  readonly #observer = new PerformanceObserver((list) => list.getEntries().forEach(this.#note));

  constructor() {
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  /** How much of the time between two readings of `performance.now()` the collector took, in ms. */
  within(fromMs: number, toMs: number): number {
    // The observer is told late; what it has not been told yet counts too.
    this.#observer.takeRecords().forEach(this.#note);
    return this.#pauses.reduce((sum, { fromMs: from, toMs: to }) => {
      return sum + Math.max(0, Math.min(to, toMs) - Math.max(from, fromMs));
    }, 0);
  }

  [Symbol.dispose](): void {
    this.#observer.disconnect();
  }

  // A field, made before the observer that calls it could.
  readonly #note = ({ startTime, duration }: PerformanceEntry): void => {
    this.#pauses.push({ fromMs: startTime, toMs: startTime + duration });
  };
}
