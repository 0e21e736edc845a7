import { asError } from "../util/errors.ts";
import type { Logger } from "../util/logger.ts";
import { isThenable } from "../util/thenable.ts";
import type { Observer, ProcessEvent, PushEvent, SetupEvent, StartedEvent } from "./observer.ts";

/** One thing that happened, and whom it concerns. */
export type Observed =
  | { readonly hook: "onSetup"; readonly event: SetupEvent }
  | { readonly hook: "onStarted"; readonly event: StartedEvent }
  | { readonly hook: "onProcess"; readonly event: ProcessEvent }
  | { readonly hook: "onPush"; readonly event: PushEvent };

/** After so many throws in all, an observer is removed. */
const MAX_FAILURES = 10;
/** Handed out entries are cut off the array this many at a time; one at a time would move all the others each time. */
const CUT = 1024;

/** What waits for one observer, and how that one behaves. */
export class ObserverQueue {
  readonly observer: Observer;
  readonly #maxQueued: number;
  readonly #logger: Logger;
  readonly #onIdle: () => void;
  #entries: Observed[] = [];
  #taken = 0;
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
    return !this.#busy && this.#taken < this.#entries.length;
  }

  /** Whether everything was delivered and handled. */
  get idle(): boolean {
    return !this.#busy && this.#taken === this.#entries.length;
  }

  add(entry: Observed): void {
    if (this.#entries.length - this.#taken >= this.#maxQueued) {
      this.#drop();
    } else {
      this.#entries.push(entry);
    }
  }

  /** Hands the oldest event to the observer. */
  deliver(): void {
    const entry = this.#take();
    if (entry === undefined) {
      return;
    }
    try {
      const result = call(this.observer, entry);
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

  /** Nothing more is delivered, and nothing kept: a promise of the observer may hold on to this for ever. */
  remove(): void {
    this.#removed = true;
    this.#entries = [];
    this.#taken = 0;
  }

  #take(): Observed | undefined {
    const entry = this.#entries[this.#taken];
    this.#taken += 1;
    if (this.#taken >= this.#entries.length) {
      this.#entries = [];
      this.#taken = 0;
    } else if (this.#taken === CUT) {
      this.#entries = this.#entries.slice(CUT);
      this.#taken = 0;
    }
    return entry;
  }

  #drop(): void {
    this.#dropped += 1;
    if (this.#dropped === 1) {
      const what = `${nameOf(this.observer)} is more than ${this.#maxQueued} events behind; later ones are dropped.`;
      this.#logger.warn(`${what} Do less in its hooks.`);
    }
  }

  #fail(error: Error): void {
    if (this.#removed) {
      return;
    }
    this.#failures += 1;
    if (this.#failures === 1) {
      this.#logger.warn(`${nameOf(this.observer)} threw; it stays as long as that is rare.`, { error });
    }
    if (this.failed) {
      this.remove();
      this.#logger.error(`${nameOf(this.observer)} threw ${this.#failures} times and was removed.`, { error });
    }
  }
}

function call(observer: Observer, { hook, event }: Observed): unknown {
  switch (hook) {
    case "onSetup":
      return observer.onSetup?.(event);
    case "onStarted":
      return observer.onStarted?.(event);
    case "onProcess":
      return observer.onProcess?.(event);
    case "onPush":
      return observer.onPush?.(event);
  }
}

/** Observers have no name; their class is the next best. */
function nameOf(observer: Observer): string {
  const { name } = observer.constructor;
  return name === "Object" ? "An observer" : `The observer ${name}`;
}
