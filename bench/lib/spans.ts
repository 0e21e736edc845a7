import { monotonicMs } from "./time.ts";

/** When a sound began and, once it is over, when its last loud block was. Times are on the clock of {@link monotonicMs}. */
export interface Span {
  readonly startMs: number;
  endMs: number | undefined;
}

/** The bench's impulses and tones are far above this peak, and a codec's silence is far below it. */
const LOUD_PEAK = 1000;
const QUIET_ENDS_SPAN_MS = 60;

export type OnSpan = (edge: { readonly startMs: number } | { readonly endMs: number }) => void;

/** Reports when a stream of blocks becomes loud and when it was last loud. */
export class LoudWatch {
  readonly #onSpan: OnSpan;
  #open = false;
  #lastLoudMs = 0;
  #quietMs = 0;

  constructor(onSpan: OnSpan) {
    this.#onSpan = onSpan;
  }

  feed(peak: number, durationMs: number, atMs = monotonicMs()): void {
    if (peak >= LOUD_PEAK) {
      this.#lastLoudMs = atMs;
      this.#quietMs = 0;
      if (this.#open) return;
      this.#open = true;
      this.#onSpan({ startMs: atMs });
    } else if (this.#open) {
      this.#quietMs += durationMs;
      if (this.#quietMs < QUIET_ENDS_SPAN_MS) return;
      this.#open = false;
      this.#onSpan({ endMs: this.#lastLoudMs });
    }
  }
}

/** Records the sounds that reached one place, so that the orchestrating process can await them. */
export class SpanLog {
  readonly #spans: Span[] = [];
  readonly #waiting = new Set<() => void>();

  readonly add: OnSpan = (edge) => {
    const last = this.#spans.at(-1);
    if ("startMs" in edge) this.#spans.push({ startMs: edge.startMs, endMs: undefined });
    else if (last) last.endMs = edge.endMs;
    for (const check of [...this.#waiting]) check();
  };

  /** Resolves with the start of the first sound after `sinceMs`; undefined when there is none within `timeoutMs` from now. */
  startAfter(sinceMs: number, timeoutMs: number): Promise<number | undefined> {
    return this.#until(() => this.#spans.find(({ startMs }) => startMs >= sinceMs)?.startMs, timeoutMs);
  }

  /** Resolves with the end of the last sound, once it is over; undefined when it does not end within `timeoutMs`. */
  endOfLast(timeoutMs: number): Promise<number | undefined> {
    return this.#until(() => this.#spans.at(-1)?.endMs, timeoutMs);
  }

  #until(find: () => number | undefined, timeoutMs: number): Promise<number | undefined> {
    return new Promise((resolve) => {
      const finish = (value: number | undefined): void => {
        this.#waiting.delete(check);
        clearTimeout(timer);
        resolve(value);
      };
      const check = (): void => {
        const value = find();
        if (value !== undefined) finish(value);
      };
      const timer = setTimeout(finish, timeoutMs, undefined);
      this.#waiting.add(check);
      check();
    });
  }
}
