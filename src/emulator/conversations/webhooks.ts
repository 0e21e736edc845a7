import type { Clock } from "../../util/clock.ts";
import { withDeadline } from "../../util/deadline.ts";
import { asError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";

/** One callback that was sent. */
export interface WebhookDelivery {
  /** The `callback_url` it was sent to. */
  readonly url: string;
  /** The JSON body. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The receiver's status; undefined when it was unreachable or took over five seconds. */
  readonly status: number | undefined;
}

const TIMEOUT_MS = 5000;
const MAX_WAITING = 1000;
const MAX_DELIVERIES = 1000;

/** Sends callbacks: one at a time per URL, each once (no retries are documented). */
export class Webhooks {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #onDelivered: (delivery: WebhookDelivery) => void;
  readonly #closed = new AbortController();
  readonly #lastByUrl = new Map<string, Promise<void>>();
  readonly #deliveries: WebhookDelivery[] = [];
  #waiting = 0;
  #dropped = 0;

  /** `onDelivered` is called for each callback sent, received or not. @internal */
  constructor(clock: Clock, logger: Logger, onDelivered: (delivery: WebhookDelivery) => void = () => {}) {
    this.#clock = clock;
    this.#logger = logger;
    this.#onDelivered = onDelivered;
  }

  /** The last 1000 callbacks sent, oldest first. */
  get deliveries(): readonly WebhookDelivery[] {
    return this.#deliveries;
  }

  /** How many callbacks were dropped because 1000 were queued. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Queues a callback. A URL that is empty or not http(s) is ignored. @internal */
  send(url: string, body: Readonly<Record<string, unknown>>): void {
    if (this.#closed.signal.aborted || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) return;
    if (this.#waiting >= MAX_WAITING) {
      if (this.#dropped++ === 0) this.#logger.warn("The emulator drops callbacks: their receivers are too slow.");
      return;
    }
    this.#waiting++;
    const before = this.#lastByUrl.get(url) ?? Promise.resolve();
    const sent = before.then(() => this.#deliver(url, body));
    this.#lastByUrl.set(url, sent);
    void sent.then(() => {
      this.#waiting--;
      if (this.#lastByUrl.get(url) === sent) this.#lastByUrl.delete(url);
    });
  }

  /** Resolves when the queue is empty. @internal */
  async idle(): Promise<void> {
    while (this.#lastByUrl.size > 0) await Promise.all(this.#lastByUrl.values());
  }

  /** Stops sending. @internal */
  close(): void {
    this.#closed.abort();
  }

  async #deliver(url: string, body: Readonly<Record<string, unknown>>): Promise<void> {
    let status: number | undefined;
    const controller = new AbortController();
    try {
      const signal = AbortSignal.any([this.#closed.signal, controller.signal]);
      const answer = fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
        redirect: "manual",
        signal,
      });
      const response = await withDeadline(this.#clock, answer, TIMEOUT_MS, "The receiver of a callback");
      status = response.status;
      await response.body?.cancel();
    } catch (thrown) {
      this.#logger.debug("A callback was not received.", { error: asError(thrown).message });
    } finally {
      controller.abort();
    }
    const delivery = { url, body, status };
    this.#deliveries.push(delivery);
    if (this.#deliveries.length > MAX_DELIVERIES) this.#deliveries.shift();
    this.#onDelivered(delivery);
  }
}
