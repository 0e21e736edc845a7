import type { Clock, TimerHandle } from "../../util/clock.ts";
import { EventFold } from "./event-fold.ts";
import type { InCallEvent, SpeakingRole } from "./types.ts";

/** How long an event waits for one that was sent before it. */
const HOLD_MS = 80;
/** How far out of order events may be; beyond it the sender has started to count anew. Also bounds what is held. */
const WINDOW = 64;
/** After so many waits in vain the numbers are taken to have gaps, and nothing waits until one was late after all. */
const VAIN_HOLDS = 3;
/** Sessions that are remembered; a call has one pal, or two while it reconnects. */
const MAX_SENDERS = 16;

export interface InCallEventOrderOptions {
  readonly clock: Clock;
  /** Each event once, in the order of the sender. */
  deliver(event: InCallEvent, sender: string): void;
  /** How long an event waits for one that was sent before it. Default 80. */
  readonly holdMs?: number;
}

interface Lane {
  /** The number that follows the last one delivered; undefined before the first. */
  next: number | undefined;
  held: InCallEvent[];
  timer: TimerHandle;
  vainHolds: number;
  readonly seen: Set<number>;
  /** Highest number of a speaking event delivered, by role: an older one would turn the state back. */
  readonly speaking: Record<SpeakingRole, number>;
}

/**
 * Brings the events of a sender into the order of their `seq` and folds what says the same thing into one. Events without
 * `seq` go straight through. The wait for a missing number is bounded in time and count; what comes after it is delivered
 * late, except for speaking events, which later ones have made untrue.
 */
export class InCallEventOrder {
  readonly #options: InCallEventOrderOptions;
  readonly #holdMs: number;
  readonly #fold = new EventFold();
  readonly #lanes = new Map<string, Lane>();

  constructor(options: InCallEventOrderOptions) {
    this.#options = options;
    this.#holdMs = options.holdMs ?? HOLD_MS;
  }

  accept(event: InCallEvent, sender: string): void {
    const { seq } = event;
    if (seq === undefined) {
      this.#deliver(event, sender);
      return;
    }
    const lane = this.#laneOf(sender);
    if (lane.next !== undefined && seq < lane.next - WINDOW) this.#restart(sender, lane);
    if (lane.seen.has(seq) || lane.held.some((held) => held.seq === seq)) return;
    lane.next ??= seq;
    if (seq < lane.next) {
      lane.vainHolds = 0;
      this.#deliverNumbered(event, seq, sender, lane);
    } else if (seq === lane.next || lane.vainHolds >= VAIN_HOLDS) {
      this.#deliverNumbered(event, seq, sender, lane);
      this.#deliverHeld(sender, lane, false);
    } else {
      this.#hold(event, sender, lane);
    }
  }

  /** The session has gone; what was held of it is delivered. */
  forget(sender: string): void {
    const lane = this.#lanes.get(sender);
    if (lane) this.#deliverHeld(sender, lane, true);
    this.#lanes.delete(sender);
    this.#fold.forget(sender);
  }

  /** Forgets everything without delivering. Idempotent. */
  close(): void {
    for (const lane of this.#lanes.values()) this.#options.clock.clearTimeout(lane.timer);
    this.#lanes.clear();
  }

  #laneOf(sender: string): Lane {
    const known = this.#lanes.get(sender);
    if (known) return known;
    const [oldest] = this.#lanes.keys();
    if (this.#lanes.size >= MAX_SENDERS && oldest !== undefined) this.forget(oldest);
    const lane: Lane = {
      next: undefined,
      held: [],
      timer: undefined,
      vainHolds: 0,
      seen: new Set(),
      speaking: { pal: -Infinity, user: -Infinity },
    };
    this.#lanes.set(sender, lane);
    return lane;
  }

  #restart(sender: string, lane: Lane): void {
    this.#deliverHeld(sender, lane, true);
    lane.next = undefined;
    lane.seen.clear();
    lane.speaking.pal = lane.speaking.user = -Infinity;
  }

  #hold(event: InCallEvent, sender: string, lane: Lane): void {
    lane.held.push(event);
    if (lane.held.length >= WINDOW) {
      this.#deliverHeld(sender, lane, true);
      return;
    }
    lane.timer ??= this.#options.clock.setTimeout(() => {
      lane.timer = undefined;
      lane.vainHolds++;
      this.#deliverHeld(sender, lane, true);
    }, this.#holdMs);
  }

  /** Those whose turn it is, or `all`. */
  #deliverHeld(sender: string, lane: Lane, all: boolean): void {
    lane.held.sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
    for (let first = lane.held[0]; first; first = lane.held[0]) {
      const { seq = 0 } = first;
      if (!all && seq > (lane.next ?? seq)) break;
      lane.held.shift();
      this.#deliverNumbered(first, seq, sender, lane);
    }
    if (lane.held.length > 0) return;
    this.#options.clock.clearTimeout(lane.timer);
    lane.timer = undefined;
  }

  #deliverNumbered(event: InCallEvent, seq: number, sender: string, lane: Lane): void {
    lane.seen.add(seq);
    lane.next = Math.max(lane.next ?? seq, seq + 1);
    for (const number of lane.seen) if (number < lane.next - WINDOW) lane.seen.delete(number);
    if (event.type === "startedSpeaking" || event.type === "stoppedSpeaking") {
      if (seq < lane.speaking[event.role]) return;
      lane.speaking[event.role] = seq;
    }
    this.#deliver(event, sender);
  }

  #deliver(event: InCallEvent, sender: string): void {
    if (this.#fold.accept(event, sender)) this.#options.deliver(event, sender);
  }
}
