import { asError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { isThenable } from "../../util/thenable.ts";
import type { Hook, Observer, ObserverEvents } from "./observer.ts";

/** An observer that has thrown this often is removed. */
const MAX_FAILURES = 10;

/** The events that wait for one observer, and how often that observer has thrown. */
export class ObserverQueue {
  readonly observer: Observer;
  readonly #maxQueued: number;
  readonly #logger: Logger;
  readonly #onIdle: () => void;
  /** New events, each hook followed by its event: one more object per event would slow a busy pipeline. */
  #incoming: (Hook | ObserverEvents[Hook])[] = [];
  /** Events that are being delivered, from `#next` on. */
  #outgoing: (Hook | ObserverEvents[Hook])[] = [];
  #next = 0;
  #busy = false;
  #failures = 0;
  #dropped = 0;
  #removed = false;

  /** `onIdle` is called when a promise that the observer returned has settled. */
  constructor(observer: Observer, maxQueued: number, logger: Logger, onIdle: () => void) {
    this.observer = observer;
    this.#maxQueued = maxQueued;
    this.#logger = logger;
    this.#onIdle = onIdle;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Whether it has thrown too often. */
  get failed(): boolean {
    return this.#failures >= MAX_FAILURES;
  }

  /** Whether an event waits that can be delivered now. */
  get ready(): boolean {
    return !this.#busy && this.#size > 0;
  }

  /** Whether everything was delivered and handled. */
  get idle(): boolean {
    return !this.#busy && this.#size === 0;
  }

  add<H extends Hook>(hook: H, event: ObserverEvents[H]): void {
    if (this.#size >= this.#maxQueued) this.#drop();
    else this.#incoming.push(hook, event);
  }

  /** Passes the oldest events to the observer: `count` of them, or as many as it is ready for. */
  deliver(count: number): void {
    for (let delivered = 0; delivered < count && this.ready; delivered++) {
      if (this.#next >= this.#outgoing.length) {
        this.#outgoing = this.#incoming;
        this.#incoming = [];
        this.#next = 0;
      }
      const hook = this.#outgoing[this.#next] as Hook;
      // The event belongs to this hook: they were queued together.
      const event = this.#outgoing[this.#next + 1] as never;
      this.#next += 2;
      this.#call(hook, event);
    }
    if (this.#size === 0) this.#clear();
  }

  /** Nothing more is delivered, and nothing kept: a promise of the observer may keep this queue alive forever. */
  remove(): void {
    this.#removed = true;
    this.#clear();
  }

  get #size(): number {
    return (this.#outgoing.length - this.#next + this.#incoming.length) / 2;
  }

  #clear(): void {
    this.#incoming = [];
    this.#outgoing = [];
    this.#next = 0;
  }

  #call(hook: Hook, event: never): void {
    try {
      const result: unknown = this.observer[hook]?.(event);
      if (isThenable(result)) {
        this.#busy = true;
        void Promise.resolve(result)
          .catch((thrown: unknown) => {
            this.#fail(asError(thrown));
          })
          .then(() => {
            this.#busy = false;
            this.#onIdle();
          });
      }
    } catch (thrown) {
      this.#fail(asError(thrown));
    }
  }

  #drop(): void {
    this.#dropped++;
    if (this.#dropped === 1) {
      const what = `${observerName(this.observer)} is more than ${this.#maxQueued} events behind; later ones are dropped.`;
      this.#logger.warn(`${what} Do less in its hooks.`);
    }
  }

  #fail(error: Error): void {
    if (this.#removed) return;
    this.#failures++;
    if (this.#failures === 1)
      this.#logger.warn(`${observerName(this.observer)} threw; it is removed after ${MAX_FAILURES} throws.`, { error });

    if (this.failed) {
      this.remove();
      this.#logger.error(`${observerName(this.observer)} threw ${this.#failures} times and was removed.`, { error });
    }
  }
}

/** Names an observer in a message. Observers have no name, so it is their class's. */
function observerName(observer: Observer): string {
  const { name } = observer.constructor;
  return name === "Object" ? "An observer" : `The observer ${name}`;
}
