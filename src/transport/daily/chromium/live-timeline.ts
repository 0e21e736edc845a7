import { OPUS_RATE } from "./opus-packet.ts";

const MS = OPUS_RATE / 1000;

/**
 * How long a sender may be late before silence stands in for it. What it owes follows at once, so nothing is missing and
 * nothing is late for longer than the stall itself; after this time the pipeline must know that nobody is heard.
 */
export const STALL_IS_SILENCE_MS = 1000;

/** How long packets wait for one before them that is missing: networks change the order of packets. */
export const HOLD_MS = 40;

/** As many as can arrive in that time, and a burst. */
const HELD_AT_MOST = 100;

/** Lost audio up to this length is covered; a longer hole closes, since nothing could stand in for it. */
export const COVER_AT_MOST_MS = 120;

/** A jump of the RTP clock beyond this, in either direction, is a new stream. */
const NEW_STREAM_AFTER_MS = 5000;

/** A packet of sound, or of the silence that begins with it. */
export interface Packet {
  readonly rtpTimestamp: number;
  /** Of {@link OPUS_RATE}. */
  readonly samples: number;
  readonly isSilence: boolean;
}

/** What to pass on next. */
export type Step<P> =
  /** The sound of a packet, after something to cover as many lost samples. `timestamp` (in samples) rises. */
  | { readonly type: "sound"; readonly packet: P; readonly timestamp: number; readonly lost: number }
  | { readonly type: "silence"; readonly samples: number };

interface Held<P> {
  readonly packet: P;
  readonly position: number;
  readonly arrivedMs: number;
}

/**
 * When received audio is passed on, for a listener that has no loudspeaker: each packet at once. A jitter buffer delays sound
 * so that it can be played without gaps; a pipeline does not play it, and after a stall the buffer stays late for seconds.
 * What such a buffer does besides is here: order, losses, and the silence for which senders do not send.
 */
export class LiveTimeline<P extends Packet> {
  #newestRtp: number | undefined;
  /** Of the newest packet, on the RTP clock, unwrapped. */
  #newest = 0;
  /** Where the next packet belongs. */
  #expected = 0;
  readonly #held: Held<P>[] = [];
  #lastArrivalMs: number;
  /** Silence is due from this time on; undefined while there is sound. */
  #silentFromMs: number | undefined;

  constructor(nowMs: number) {
    this.#lastArrivalMs = nowMs;
    this.#silentFromMs = nowMs;
  }

  arrived(packet: P, nowMs: number): readonly Step<P>[] {
    this.#lastArrivalMs = nowMs;
    const jumped = this.#newestRtp === undefined ? 0 : (packet.rtpTimestamp - this.#newestRtp) | 0;
    if (this.#newestRtp === undefined || Math.abs(jumped) > NEW_STREAM_AFTER_MS * MS)
      return this.#restart(packet, nowMs);
    const position = this.#newest + jumped;
    if (jumped > 0) {
      this.#newestRtp = packet.rtpTimestamp;
      this.#newest = position;
    }
    // Heard already, or too late.
    if (position < this.#expected || this.#held.some((other) => other.position === position)) return [];
    const after = this.#held.findIndex((other) => other.position > position);
    this.#held.splice(after < 0 ? this.#held.length : after, 0, { packet, position, arrivedMs: nowMs });
    return this.#release(nowMs);
  }

  /** What is due by the clock alone. Silence comes in whole blocks of that length. */
  due(nowMs: number, blockMs: number): readonly Step<P>[] {
    const released = this.#release(nowMs);
    if (released.length > 0) return released;
    if (this.#silentFromMs === undefined) {
      if (nowMs - this.#lastArrivalMs < STALL_IS_SILENCE_MS) return [];
      this.#silentFromMs = nowMs;
    }
    const passedMs = Math.floor((nowMs - this.#silentFromMs) / blockMs) * blockMs;
    this.#silentFromMs += passedMs;
    return passedMs > 0 ? [{ type: "silence", samples: passedMs * MS }] : [];
  }

  #restart(packet: P, nowMs: number): readonly Step<P>[] {
    const before = this.#held.splice(0).map((held) => this.#step(held, 0, nowMs));
    this.#newestRtp = packet.rtpTimestamp;
    this.#newest = this.#expected;
    return [...before, this.#step({ packet, position: this.#expected, arrivedMs: nowMs }, 0, nowMs)];
  }

  #release(nowMs: number): Step<P>[] {
    const steps: Step<P>[] = [];
    for (let [first] = this.#held; first; [first] = this.#held) {
      const missing = this.#silentFromMs === undefined ? first.position - this.#expected : 0;
      const sinceMs = Math.min(...this.#held.map(({ arrivedMs }) => arrivedMs));
      if (missing > 0 && nowMs - sinceMs < HOLD_MS && this.#held.length < HELD_AT_MOST) break;
      this.#held.shift();
      steps.push(this.#step(first, missing <= COVER_AT_MOST_MS * MS ? missing : 0, nowMs));
    }
    return steps;
  }

  #step({ packet, position }: Held<P>, lost: number, nowMs: number): Step<P> {
    this.#expected = position + packet.samples;
    this.#silentFromMs = packet.isSilence ? nowMs : undefined;
    if (packet.isSilence) return { type: "silence", samples: lost + packet.samples };
    return { type: "sound", packet, timestamp: position, lost };
  }
}
