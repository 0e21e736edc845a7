import type { Clock, TimerHandle } from "../../util/clock.ts";
import { DeadlineError } from "../../util/errors.ts";
import { createVendorError } from "../vendor/index.ts";

/** How long Flux may take to answer a `Configure`. */
const ANSWER_TIMEOUT_MS = 5000;

/** Options of a {@link FluxConfiguration}. */
export interface FluxConfigurationOptions<K> {
  readonly clock: Clock;
  /** Sends the settings with these names. */
  readonly send: (keys: ReadonlySet<K>) => void;
  readonly onError: (error: Error) => void;
}

/** Sends changed settings over an open connection. Flux takes one change at a time: later ones are sent together. */
export class FluxConfiguration<K> {
  readonly #options: FluxConfigurationOptions<K>;
  readonly #waiting = new Set<K>();
  #timer: TimerHandle;

  constructor(options: FluxConfigurationOptions<K>) {
    this.#options = options;
  }

  change(keys: readonly K[]): void {
    for (const key of keys) this.#waiting.add(key);
    if (this.#timer === undefined) this.#sendNext();
  }

  /** Takes Flux's answer to the change that was sent last. */
  answered(accepted: boolean): void {
    if (this.#timer === undefined) return;
    if (!accepted) {
      const failure = {
        service: "Deepgram",
        what: "refused a change of settings",
        category: "invalidRequest",
      } as const;
      this.#options.onError(createVendorError({ ...failure, permanent: false }));
    }
    this.#next();
  }

  /** Forgets all changes: a new connection has all settings. */
  reset(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.clear();
  }

  #next(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.size > 0) this.#sendNext();
  }

  #sendNext(): void {
    const { clock, send, onError } = this.#options;
    this.#timer = clock.setTimeout(() => {
      onError(new DeadlineError("Deepgram's answer to a change of settings", ANSWER_TIMEOUT_MS));
      this.#next();
    }, ANSWER_TIMEOUT_MS);
    const keys = new Set(this.#waiting);
    this.#waiting.clear();
    send(keys);
  }
}
