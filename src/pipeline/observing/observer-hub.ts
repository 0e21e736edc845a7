import { type Clock, systemClock } from "../../util/clock.ts";
import { deferred, type Deferred } from "../../util/deadline.ts";
import type { Logger } from "../../util/logger.ts";
import { ObserverQueue } from "./observer-queue.ts";
import type { Hook, Observer, ObserverEvents, ProcessEvent, PushEvent, SetupEvent, StartedEvent } from "./observer.ts";
import { settledWithin } from "./settled-within.ts";

export interface ObserverHubOptions {
  /** Events that may wait for one observer; what comes later is dropped and counted. Default 20 000. */
  readonly maxQueued?: number;
  /** How long observers together may hold the event loop at a time. Default 2. */
  readonly sliceMs?: number;
  /** The machine's time, in milliseconds; never virtual, since it guards the real event loop. */
  readonly nowMs?: () => number;
  /** Calls back in the event loop's next turn. Default `setImmediate`. */
  readonly nextTurn?: (callback: () => void) => void;
}

/** Events delivered at most between two looks at the clock, once all before in this turn were quick. */
const MAX_BATCH = 16;

/**
 * The observers of one task; they can be added and removed while it runs. Events are noted at once and delivered in later
 * turns of the event loop, one observer after the other.
 */
export class ObserverHub {
  readonly #logger: Logger;
  readonly #maxQueued: number;
  readonly #sliceMs: number;
  readonly #nowMs: () => number;
  readonly #nextTurn: (callback: () => void) => void;
  #queues: ObserverQueue[] = [];
  /** Whose turn it is; kept between turns, so that a slow observer does not always come before the others. */
  #next = 0;
  #turnQueued = false;
  #flushed: Deferred<undefined> | undefined;
  /** Those of the queues whose observer has the hook. */
  #watching: Readonly<Record<Hook, readonly ObserverQueue[]>> = {
    onSetup: [],
    onStarted: [],
    onProcess: [],
    onPush: [],
  };

  constructor(logger: Logger, observers: readonly Observer[] = [], options: ObserverHubOptions = {}) {
    this.#logger = logger;
    this.#maxQueued = options.maxQueued ?? 20_000;
    this.#sliceMs = options.sliceMs ?? 2;
    this.#nowMs = options.nowMs ?? (() => systemClock.nowMs());
    this.#nextTurn = options.nextTurn ?? ((callback) => setImmediate(callback));
    for (const observer of observers) this.add(observer);
  }

  /** Whether anybody wants push events; they are not even made for nobody. */
  get watchesPush(): boolean {
    return this.#watching.onPush.length > 0;
  }

  /** Whether anybody wants process events. */
  get watchesProcess(): boolean {
    return this.#watching.onProcess.length > 0;
  }

  /** Events dropped so far because an observer was too far behind. */
  get dropped(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.dropped, 0);
  }

  /** It gets what happens from now on. Adding one twice does nothing. */
  add(observer: Observer): void {
    if (this.#queues.some((queue) => queue.observer === observer)) return;

    const queue: ObserverQueue = new ObserverQueue(observer, this.#maxQueued, this.#logger, () => {
      this.#delivered(queue);
      this.#wake();
    });
    this.#setQueues([...this.#queues, queue]);
  }

  /** It gets nothing more, not even what has happened already. */
  remove(observer: Observer): void {
    this.#queues.find((queue) => queue.observer === observer)?.remove();
    this.#setQueues(this.#queues.filter((queue) => queue.observer !== observer));
    this.#settleFlush();
  }

  setUp(event: SetupEvent): void {
    this.#note("onSetup", event);
  }

  started(event: StartedEvent): void {
    this.#note("onStarted", event);
  }

  process(event: ProcessEvent): void {
    this.#note("onProcess", event);
  }

  push(event: PushEvent): void {
    this.#note("onPush", event);
  }

  /**
   * Waits until the observers have handled everything that has happened; returns whether they have within `timeoutMs`.
   * `clock` is the pipeline's: it bounds the wait for promises that observers returned. Delivery itself is work of this
   * machine and takes its time.
   */
  async flush(clock: Clock, timeoutMs = 1000): Promise<boolean> {
    const endMs = this.#nowMs() + timeoutMs;
    while (this.#queues.some((queue) => queue.ready) && this.#nowMs() < endMs)
      await new Promise<void>((resolve) => this.#nextTurn(resolve));

    if (this.#queues.every((queue) => queue.idle)) return true;

    this.#flushed ??= deferred<undefined>();
    return settledWithin(clock, this.#flushed.promise, timeoutMs);
  }

  #note<H extends Hook>(hook: H, event: ObserverEvents[H]): void {
    const watching = this.#watching[hook];
    for (const queue of watching) queue.add(hook, event);

    if (watching.length > 0) this.#wake();
  }

  #wake(): void {
    if (!this.#turnQueued) {
      this.#turnQueued = true;
      this.#nextTurn(this.#turn);
    }
  }

  readonly #turn = (): void => {
    this.#turnQueued = false;
    let nowMs = this.#nowMs();
    const endMs = nowMs + this.#sliceMs;
    let batch = 1;
    let passedOver = 0;
    while (passedOver < this.#queues.length && nowMs < endMs) {
      const queue = this.#queues[this.#next % this.#queues.length];
      this.#next = (this.#next + 1) % this.#queues.length;
      if (!queue?.ready) {
        passedOver++;
        continue;
      }
      passedOver = 0;
      queue.deliver(batch);
      this.#delivered(queue);
      const beforeMs = nowMs;
      nowMs = this.#nowMs();
      batch = nowMs - beforeMs > this.#sliceMs / MAX_BATCH ? 1 : Math.min(MAX_BATCH, batch * 2);
    }
    if (this.#queues.some((queue) => queue.ready)) this.#wake();

    this.#settleFlush();
  };

  #delivered(queue: ObserverQueue): void {
    if (queue.failed) this.remove(queue.observer);
  }

  #settleFlush(): void {
    if (this.#flushed !== undefined && this.#queues.every((queue) => queue.idle)) {
      this.#flushed.resolve(undefined);
      this.#flushed = undefined;
    }
  }

  #setQueues(queues: ObserverQueue[]): void {
    this.#queues = queues;
    const watching = (hook: Hook): ObserverQueue[] => queues.filter(({ observer }) => observer[hook] !== undefined);
    this.#watching = {
      onSetup: watching("onSetup"),
      onStarted: watching("onStarted"),
      onProcess: watching("onProcess"),
      onPush: watching("onPush"),
    };
  }
}
