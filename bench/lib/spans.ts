import { monotonicMs } from "./time.ts";

/** When a sound began and, once it is over, when its last loud block was there. On {@link monotonicMs}'s clock. */
export interface Span {
  readonly startMs: number;
  endMs: number | undefined;
}

/** What the impulses and tones of the bench stay far above, and a codec's idea of silence far below. */
const LOUD_PEAK = 1000;
const QUIET_ENDS_SPAN_MS = 60;

export type OnSpan = (edge: { readonly startMs: number } | { readonly endMs: number }) => void;

/** Tells when a stream of blocks becomes loud and when it was loud last. */
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

/** The sounds that reached one place, for the orchestrating process to wait for. */
export class SpanLog {
  readonly #spans: Span[] = [];
  readonly #waiting = new Set<() => void>();

  readonly add: OnSpan = (edge) => {
    const last = this.#spans.at(-1);
    if ("startMs" in edge) this.#spans.push({ startMs: edge.startMs, endMs: undefined });
    else if (last) last.endMs = edge.endMs;
    for (const check of [...this.#waiting]) check();
  };

  /** The start of the first sound after `sinceMs`; undefined when none comes within `timeoutMs` from now. */
  startAfter(sinceMs: number, timeoutMs: number): Promise<number | undefined> {
    return this.#until(() => this.#spans.find(({ startMs }) => startMs >= sinceMs)?.startMs, timeoutMs);
  }

  /** The end of the last sound, once it is over; undefined when it is not within `timeoutMs`. */
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
