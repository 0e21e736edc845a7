import type { Clock, TimerHandle } from "../../util/clock.ts";
import { EventFold } from "./event-fold.ts";
import type { InCallEvent, SpeakingRole } from "./types.ts";

/** How long an event waits for an earlier one that is missing. */
const HOLD_MS = 80;
/** How far out of order events may be. Beyond it, the sender has restarted its count. Also limits the held events. */
const WINDOW = 64;
/** After this many futile waits, gaps in the numbers count as normal, and events wait again only after a late one. */
const VAIN_HOLDS = 3;
/** The most sessions that are remembered. A call has one pal, or two during a reconnection. */
const MAX_SENDERS = 16;

/** The options of `InCallEventOrder`. */
export interface InCallEventOrderOptions {
  /** The clock for `holdMs`. */
  readonly clock: Clock;
  /** Receives each event once, in the sender's order. */
  deliver(event: InCallEvent, sender: string): void;
  /** How long an event waits for an earlier one that is missing, in milliseconds. Default 80. */
  readonly holdMs?: number;
}

interface Lane {
  /** The number after the last one delivered. Undefined before the first. */
  next: number | undefined;
  held: InCallEvent[];
  timer: TimerHandle;
  vainHolds: number;
  readonly seen: Set<number>;
  /** The highest number of a delivered speaking event per role: an older one would revert the state. */
  readonly speaking: Record<SpeakingRole, number>;
}

/**
 * Delivers the events of each sender in the order of their `seq` and drops duplicates. Events without `seq` are
 * delivered at once. The wait for a missing number is bounded in time and count. An event that arrives after the wait
 * is delivered late, except for speaking events, which later ones have superseded.
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

  /** Takes an event that has arrived. `sender` is the session that sent it. */
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

  /** Delivers the held events of a session that has left, and forgets it. */
  forget(sender: string): void {
    const lane = this.#lanes.get(sender);
    if (lane) this.#deliverHeld(sender, lane, true);
    this.#lanes.delete(sender);
    this.#fold.forget(sender);
  }

  /** Drops all held events and timers. Idempotent. */
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

  /** Delivers the held events that are next in order, or all of them. */
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
