import { type Clock, systemClock } from "../../util/clock.ts";
import { deferred, type Deferred } from "../../util/deadline.ts";
import type { Logger } from "../../util/logger.ts";
import { ObserverQueue } from "./observer-queue.ts";
import type { Hook, Observer, ObserverEvents, ProcessEvent, PushEvent, SetupEvent, StartedEvent } from "./observer.ts";
import { settledWithin } from "./settled-within.ts";

/** Bounds of an {@link ObserverHub}, and the event loop it runs on. */
export interface ObserverHubOptions {
  /** Events that may wait for one observer; later ones are dropped and counted. Default 20 000. */
  readonly maxQueued?: number;
  /** How long observers together may hold the event loop at a time, in ms. Default 2. */
  readonly sliceMs?: number;
  /** The machine's time, in milliseconds; never virtual, since it guards the real event loop. */
  readonly nowMs?: () => number;
  /** Calls back in the event loop's next turn. Default `setImmediate`. */
  readonly nextTurn?: (callback: () => void) => void;
}

/** Events delivered at most between two readings of the clock, once all before in this turn were quick. */
const MAX_BATCH = 16;

/**
 * The observers of one task; they can be added and removed while it runs. Events are queued at once and delivered in later
 * turns of the event loop, one observer after the other.
 */
export class ObserverHub {
  readonly #logger: Logger;
  readonly #maxQueued: number;
  readonly #sliceMs: number;
  readonly #nowMs: () => number;
  readonly #nextTurn: (callback: () => void) => void;
  #queues: ObserverQueue[] = [];
  /** Index of the queue that is served next; kept between turns, so that a slow observer is not always served first. */
  #next = 0;
  #turnQueued = false;
  #flushed: Deferred<undefined> | undefined;
  /** For each hook, the queues whose observer has it. */
  #watching: Readonly<Record<Hook, readonly ObserverQueue[]>> = {
    onSetup: [],
    onStarted: [],
    onProcess: [],
    onPush: [],
  };

  /** Makes a hub with these observers; default none. */
  constructor(logger: Logger, observers: readonly Observer[] = [], options: ObserverHubOptions = {}) {
    this.#logger = logger;
    this.#maxQueued = options.maxQueued ?? 20_000;
    this.#sliceMs = options.sliceMs ?? 2;
    this.#nowMs = options.nowMs ?? (() => systemClock.nowMs());
    this.#nextTurn = options.nextTurn ?? ((callback) => setImmediate(callback));
    for (const observer of observers) this.add(observer);
  }

  /** Whether an observer wants push events; without one they are not even made. */
  get watchesPush(): boolean {
    return this.#watching.onPush.length > 0;
  }

  /** Whether an observer wants process events. */
  get watchesProcess(): boolean {
    return this.#watching.onProcess.length > 0;
  }

  /** Number of events dropped so far because an observer was too far behind. */
  get dropped(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.dropped, 0);
  }

  /** Adds an observer; it receives what happens from now on. Adding one twice does nothing. */
  add(observer: Observer): void {
    if (this.#queues.some((queue) => queue.observer === observer)) return;
    const queue: ObserverQueue = new ObserverQueue(observer, this.#maxQueued, this.#logger, () => {
      this.#delivered(queue);
      this.#wake();
    });
    this.#setQueues([...this.#queues, queue]);
  }

  /** Removes an observer; it receives nothing more, not even what has happened already. */
  remove(observer: Observer): void {
    this.#queues.find((queue) => queue.observer === observer)?.remove();
    this.#setQueues(this.#queues.filter((queue) => queue.observer !== observer));
    this.#settleFlush();
  }

  /** Queues the event for the observers that want it. */
  setUp(event: SetupEvent): void {
    this.#queue("onSetup", event);
  }

  /** Queues the event for the observers that want it. */
  started(event: StartedEvent): void {
    this.#queue("onStarted", event);
  }

  /** Queues the event for the observers that want it. */
  process(event: ProcessEvent): void {
    this.#queue("onProcess", event);
  }

  /** Queues the event for the observers that want it. */
  push(event: PushEvent): void {
    this.#queue("onPush", event);
  }

  /**
   * Waits until the observers have handled everything that has happened; resolves with whether they have within `timeoutMs`
   * (default 1000). `clock` is the pipeline's: it bounds the wait for promises that observers returned. Delivery itself is
   * work of this machine, and is bounded by the machine's time.
   */
  async flush(clock: Clock, timeoutMs = 1000): Promise<boolean> {
    const endMs = this.#nowMs() + timeoutMs;
    while (this.#queues.some((queue) => queue.ready) && this.#nowMs() < endMs)
      await new Promise<void>((resolve) => this.#nextTurn(resolve));
    if (this.#queues.every((queue) => queue.idle)) return true;
    this.#flushed ??= deferred<undefined>();
    return settledWithin(clock, this.#flushed.promise, timeoutMs);
  }

  #queue<H extends Hook>(hook: H, event: ObserverEvents[H]): void {
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
